/**
 * Users that a developer's own program vouches for. Owns no table: their logins are identities' logins. Never takes a
 * developer's word from an unsigned call.
 * AWS: API Reference, GetOpenIdTokenForDeveloperIdentity and its neighbours; Developer Guide, "Developer-authenticated identities".
 */
import { repeatedKey } from '../../iam/tags.ts'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import { issueIdentityToken } from '../credentials/issuer.ts'
import { webIdentityOf } from '../credentials/web-identity.ts'
import { admin, operation } from '../doors.ts'
import {
  admitDeveloper,
  developerLogin,
  developerUsers,
  identityOfDeveloper,
  mergeDevelopers,
  unlinkDeveloperUser,
} from '../identities/developer.ts'
import { findIdentity, refuseIdentity } from '../identities/find.ts'
import type { Pool } from '../pools/pool.ts'

/** Seconds. AWS: GetOpenIdTokenForDeveloperIdentity, TokenDuration. */
const usualDuration = 900

export const GetOpenIdTokenForDeveloperIdentity = operation(
  'GetOpenIdTokenForDeveloperIdentity',
  admin,
  async (input, { world, pool }) => {
    const { IdentityId, Logins, PrincipalTags = {}, TokenDuration = usualDuration } = input
    const keys = Object.keys(PrincipalTags)
    // unproved: the sentence.
    if (repeatedKey(keys) !== undefined || keys.some((key) => /^aws:/i.test(key))) {
      fail('InvalidParameterException', 'Tag keys must differ in more than case, and must not begin with aws:.')
    }
    const tags = Object.entries(PrincipalTags).map(([Key, Value]) => ({ Key, Value }))
    const admitted = await admitDeveloper(world, pool, IdentityId, Logins, tags)
    const Token = await issueIdentityToken(world, pool, webIdentityOf(world.settings, pool, admitted), TokenDuration)
    return { IdentityId: admitted.id, Token }
  },
)

/** The developer's user of a pool that has a developer provider. */
const loginOf = (pool: Pool, userId: string) => developerLogin(pool, pool.settings.DeveloperProviderName ?? '', userId)

/** The identity of that id, in this pool. */
async function identityIn(world: Parameters<typeof findIdentity>[0], pool: Pool, id: string) {
  const found = await findIdentity(world, id)
  return found?.pool.id === pool.id ? found.identity : refuseIdentity(id)
}

export const LookupDeveloperIdentity = operation('LookupDeveloperIdentity', admin, async (input, { world, pool }) => {
  const { IdentityId, DeveloperUserIdentifier: userId, MaxResults = 60, NextToken } = input
  if (IdentityId === undefined && userId === undefined) {
    // unproved: the sentence.
    fail('InvalidParameterException', 'Either IdentityId or DeveloperUserIdentifier is required.')
  }
  const known = userId === undefined ? undefined : await identityOfDeveloper(world, pool, loginOf(pool, userId))
  const identity = await identityIn(world, pool, IdentityId ?? known ?? '')
  if (userId !== undefined && known !== identity.id) {
    // unproved: the sentence.
    fail('ResourceConflictException', 'The developer user identifier belongs to another identity.')
  }
  const paging = { list: `LookupDeveloperIdentity ${identity.id}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const users = await developerUsers(world, identity, String(after), MaxResults + 1)
  const { rows, next } = page(paging, users, MaxResults, (id) => [id])
  return { IdentityId: identity.id, DeveloperUserIdentifierList: rows, NextToken: next }
})

export const MergeDeveloperIdentities = operation('MergeDeveloperIdentities', admin, async (input, { world, pool }) => {
  const { SourceUserIdentifier, DestinationUserIdentifier, DeveloperProviderName: provider } = input
  const source = developerLogin(pool, provider, SourceUserIdentifier)
  const destination = developerLogin(pool, provider, DestinationUserIdentifier)
  return { IdentityId: await mergeDevelopers(world, pool, source, destination) }
})

export const UnlinkDeveloperIdentity = operation('UnlinkDeveloperIdentity', admin, async (input, { world, pool }) => {
  const { IdentityId, DeveloperProviderName, DeveloperUserIdentifier } = input
  const login = developerLogin(pool, DeveloperProviderName, DeveloperUserIdentifier)
  await unlinkDeveloperUser(world, await identityIn(world, pool, IdentityId), login)
  return undefined
})

export const operations: readonly Operation[] = [
  GetOpenIdTokenForDeveloperIdentity,
  LookupDeveloperIdentity,
  MergeDeveloperIdentities,
  UnlinkDeveloperIdentity,
]
