/** Finding the provider that an issuer of tokens is registered as. */
import type { World } from '../../world.ts'
import { type OidcProvider, oidcProviderArn, readOidcProviderArn, withoutScheme } from './provider.ts'
import { readProvider } from './store.ts'

type Reading = Pick<World, 'db' | 'settings'>

/** The provider whose tokens carry this `iss`, letter for letter, or undefined. */
export async function findOidcProvider(
  world: Reading,
  issuer: string,
): Promise<(OidcProvider & { readonly arn: string }) | undefined> {
  const found = await readProvider(world.db, world.settings.account, withoutScheme(issuer))
  return found?.issuer === issuer ? { ...found, arn: oidcProviderArn(world.settings, found) } : undefined
}

/** The provider of that ARN, or undefined. */
export async function oidcProviderByArn(world: Reading, arn: string): Promise<OidcProvider | undefined> {
  const url = readOidcProviderArn(world.settings, arn)
  return url === undefined ? undefined : readProvider(world.db, world.settings.account, url)
}
