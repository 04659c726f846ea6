/**
 * The users of a pool's own developer provider: a program that signs its calls vouches for them, and a token carries that
 * to their devices. AWS: Developer Guide, "Developer-authenticated identities".
 */
import type { Tag } from '../../iam/tags.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { refuseIdentity } from './find.ts'
import { type Identity, type Login, newIdentityId } from './identity.ts'
import { planDeveloperLinks, planDeveloperMerge, refuseDeveloperUser, refuseLogins } from './links.ts'
import type { Proof } from './proof.ts'
import { proveLogins } from './proofs.ts'
import { readDeveloperUsers, readOwners, settle, unlinkDeveloper } from './store.ts'

const refuse = (message: string): never => fail('InvalidParameterException', message)

/** The login of the pool's developer provider. Refuses another one's name. */
export function developerLogin({ settings }: Pool, provider: string, userId: string): Login {
  // unproved: the code; public reports quote the sentence.
  if (provider !== settings.DeveloperProviderName) {
    refuse('This identity pool does not support the specified developer provider')
  }
  return { provider, userId, developer: true }
}

/** What a token says more exactly of a developer's user. */
const detailOf = (pool: Pool, userId: string) => `${pool.id}:${userId}`

const proofOf = (pool: Pool, login: Login, tags: readonly Tag[]): Proof => ({
  ...login,
  clientId: '',
  claims: {},
  detail: detailOf(pool, login.userId),
  ...(tags.length > 0 && { tags }),
})

/**
 * The identity of a developer's user, and all that the call proved: links and merges as logins do. `logins` holds exactly
 * one of the developer provider, and tokens of others.
 */
export async function admitDeveloper(
  world: World,
  pool: Pool,
  named: string | undefined,
  logins: Readonly<Record<string, string>>,
  tags: readonly Tag[],
): Promise<{ id: string; proofs: Proof[] }> {
  const { DeveloperProviderName: provider } = pool.settings
  const userId = provider !== undefined && Object.hasOwn(logins, provider) ? logins[provider] : undefined
  // unproved: that the sentence is this one where no developer login was given.
  if (provider === undefined || userId === undefined) {
    return refuse('This identity pool does not support the specified developer provider')
  }
  const login = developerLogin(pool, provider, userId)
  const { [provider]: _, ...rest } = logins
  const others = await proveLogins(world, pool, rest)
  const all = [login, ...others]
  const settling = { poolId: pool.id, logins: all, named, fresh: newIdentityId(world, pool), now: world.now() }
  const id = await settle(world.db, settling, (owners, survivor) => planDeveloperLinks(login, others, owners, survivor))
  return { id: id ?? refuseIdentity(named ?? ''), proofs: [proofOf(pool, login, tags), ...others] }
}

/**
 * The proof in a token that was made for a developer's user: the user still has that identity. `amr` and `tags` are the
 * token's, which was verified.
 */
export async function proveDeveloper(
  world: World,
  pool: Pool,
  identity: Identity,
  { amr, tags }: { readonly amr: readonly string[]; readonly tags: readonly Tag[] },
): Promise<Proof> {
  const provider = pool.settings.DeveloperProviderName
  const prefix = `${provider}:${detailOf(pool, '')}`
  const userId = amr.find((one) => one.startsWith(prefix))?.slice(prefix.length)
  if (provider === undefined || !userId) return refuseLogins()
  const login: Login = { provider, userId, developer: true }
  const [owner] = await readOwners(world.db, pool.id, [login])
  return owner === identity.id ? proofOf(pool, login, tags) : refuseLogins()
}

/** The identity of the destination, which has both users afterwards. */
export async function mergeDevelopers(world: World, pool: Pool, source: Login, destination: Login): Promise<string> {
  const settling = { poolId: pool.id, logins: [source, destination], named: undefined, fresh: '', now: world.now() }
  const id = await settle(world.db, settling, (owners) => planDeveloperMerge(source, destination, owners))
  return id ?? refuseDeveloperUser(destination.userId)
}

/** The id of the identity that the developer's user has. */
export async function identityOfDeveloper(world: World, pool: Pool, login: Login): Promise<string> {
  const [id] = await readOwners(world.db, pool.id, [login])
  return id ?? refuseDeveloperUser(login.userId)
}

export const developerUsers = (
  world: World,
  identity: Pick<Identity, 'poolId' | 'id'>,
  after: string,
  limit: number,
): Promise<string[]> => readDeveloperUsers(world.db, identity, after, limit)

/** The user counts as new the next time. Refuses a user whom the identity does not have. */
export async function unlinkDeveloperUser(world: World, identity: Identity, login: Login): Promise<void> {
  if (!(await unlinkDeveloper(world.db, identity, login, world.now()))) refuseDeveloperUser(login.userId)
}
