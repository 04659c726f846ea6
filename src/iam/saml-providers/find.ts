/** Finding a SAML provider by its ARN: for STS, which takes its assertions. */
import type { World } from '../../world.ts'
import { readSamlProviderArn, type SamlProvider } from './provider.ts'
import { readProvider } from './store.ts'

/** The provider of that ARN with its metadata and the keys that open its assertions, or undefined. */
export async function findSamlProvider(
  world: Pick<World, 'db' | 'seal' | 'settings'>,
  arn: string,
): Promise<(SamlProvider & { readonly arn: string }) | undefined> {
  const name = readSamlProviderArn(world.settings, arn)
  const found = name === undefined ? undefined : await readProvider(world.db, world.seal, world.settings.account, name)
  return found && { ...found, arn }
}
