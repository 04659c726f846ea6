/** Finding identity providers: by name, by what a client offers, by identifier or the domain of an e-mail address. */
import type { World } from '../../world.ts'
import type { IdentityProvider } from './provider.ts'
import { readIdentified, readProvider, readProviderNames, readProviders } from './store.ts'

type Asker = Pick<World, 'db' | 'seal'>

/** A pool has no more. AWS: quotas, "Identity providers per user pool". */
export const mostProviders = 300

export const findProvider = (
  world: Asker,
  { id }: { readonly id: string },
  name: string,
): Promise<IdentityProvider | undefined> => readProvider(world.db, world.seal, id, name)

type Offering = { readonly settings: { readonly SupportedIdentityProviders?: readonly string[] } }

/** AWS's name for the pool itself among a client's providers. */
export const native = 'COGNITO'

/** unproved: that a client which never said so offers the pool's own users; so it is in clients of the console. */
const offered = ({ settings: { SupportedIdentityProviders: named = [] } }: Offering): readonly string[] =>
  named.length > 0 ? named : [native]

export const offers = (client: Offering, name: string): boolean => offered(client).includes(name)

/** Whether people may sign in with the pool's own names and passwords. */
export const offersPool = (client: Offering): boolean => offers(client, native)

/** The providers that the client offers and that exist, in the client's order. */
export async function providersOf(
  world: Asker,
  { id }: { readonly id: string },
  client: Offering,
): Promise<readonly IdentityProvider[]> {
  const names = offered(client).filter((name) => name !== native)
  const found = names.length > 0 ? await readProviders(world.db, world.seal, id, names) : []
  return names.flatMap((name) => found.filter((one) => one.name === name))
}

export const providerByExactIdentifier = (
  world: Asker,
  { id }: { readonly id: string },
  identifier: string,
): Promise<IdentityProvider | undefined> => readIdentified(world.db, world.seal, id, identifier)

/** By one of its IdpIdentifiers; an e-mail address stands for its domain. */
export async function providerByIdentifier(
  world: Asker,
  pool: { readonly id: string },
  identifier: string,
): Promise<IdentityProvider | undefined> {
  const domain = identifier.split('@').at(-1)?.trim().toLowerCase()
  return (
    (await providerByExactIdentifier(world, pool, identifier)) ??
    (domain ? providerByExactIdentifier(world, pool, domain) : undefined)
  )
}

/** Names only, for those who refuse what is not there. */
export const providerNames = async (world: Pick<World, 'db'>, poolId: string): Promise<ReadonlySet<string>> =>
  new Set((await readProviderNames(world.db, poolId, '', mostProviders)).map(({ name }) => name))
