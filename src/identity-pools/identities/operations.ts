/**
 * Identities: who somebody is to a pool, as a guest or by the logins that were proved. Owns the tables identities and
 * identity_logins. Never gives credentials, and keeps no token.
 * AWS: API Reference, GetId, DescribeIdentity, ListIdentities, DeleteIdentities; Developer Guide, "Identity pools authentication flow".
 */
import type { UnprocessedIdentityId } from '@aws-sdk/client-cognito-identity'
import { authorize, decide } from '../../iam/authorize.ts'
import type { Context, Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import { admin, adminOfIdentity, identity as openIdentity, pool as openPool, operation, signedIn } from '../doors.ts'
import { poolArn } from '../pools/pool.ts'
import { identify, requireLogin, unlinkLogins } from './admit.ts'
import { findIdentity } from './find.ts'
import type { Linked } from './identity.ts'
import { deleteIdentity, readIdentities, withLogins } from './store.ts'

/** Logins are told by the names of their providers only. unproved: that a guest has an empty list and not none. */
const describe = ({ id, logins, createdAt, modifiedAt }: Linked) => ({
  IdentityId: id,
  Logins: [...new Set(logins.map(({ provider }) => provider))],
  CreationDate: new Date(createdAt),
  LastModifiedDate: new Date(modifiedAt),
})

export const GetId = operation('GetId', openPool, async ({ Logins }, { world, pool }) => ({
  IdentityId: await identify(world, pool, Logins),
}))

/**
 * unproved: that one login which the identity has suffices to remove any other, that names it does not have are no
 * mistake, and that a developer's users are not removed by anybody else.
 */
export const UnlinkIdentity = operation('UnlinkIdentity', openIdentity, async (input, { world, pool, identity }) => {
  const { Logins, LoginsToRemove } = input
  await requireLogin(world, pool, identity, Logins)
  await unlinkLogins(world, identity, LoginsToRemove)
  return undefined
})

export const DescribeIdentity = operation('DescribeIdentity', adminOfIdentity, async (_, { world, identity }) => {
  const [linked] = await withLogins(world.db, identity.poolId, [identity])
  return linked && describe(linked)
})

export const ListIdentities = operation('ListIdentities', admin, async (input, { world, pool }) => {
  const { MaxResults, NextToken, HideDisabled = false } = input
  const paging = { list: `ListIdentities ${pool.id} ${HideDisabled}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const wanted = { after: String(after), limit: MaxResults + 1, hideMerged: HideDisabled }
  const { rows, next } = page(paging, await readIdentities(world.db, pool.id, wanted), MaxResults, ({ id }) => [id])
  return { IdentityPoolId: pool.id, Identities: rows.map(describe), NextToken: next }
})

/** What is asked of policies about the identities of one pool, or about those that are in none. */
const deletionOf = ({ world }: Context, pool?: Parameters<typeof poolArn>[1]) => ({
  action: 'cognito-identity:DeleteIdentities',
  resource: '*',
  ...(pool && { more: { 'cognito-identity:IdentityPoolArn': poolArn(world.settings, pool) } }),
})

/**
 * The policy is asked for each pool, because its condition may name pools. Whoever may delete nothing of it all is
 * refused. unproved: that an unknown id counts as deleted.
 */
export const DeleteIdentities = operation('DeleteIdentities', signedIn, async ({ IdentityIdsToDelete }, context) => {
  const { world, caller, region } = context
  const found = await Promise.all([...new Set(IdentityIdsToDelete)].map((id) => findIdentity(world, id)))
  const here = found.filter((one) => one !== undefined && one.pool.region === region) as NonNullable<
    (typeof found)[number]
  >[]
  const allowed = new Map<string, boolean>()
  for (const { pool } of here) {
    if (allowed.has(pool.id)) continue
    allowed.set(pool.id, (await decide(world, caller, context, deletionOf(context, pool))).allowed)
  }
  if (![...allowed.values()].includes(true)) await authorize(context, deletionOf(context, here[0]?.pool))
  const unprocessed: UnprocessedIdentityId[] = []
  for (const { pool, identity } of here) {
    if (allowed.get(pool.id)) await deleteIdentity(world.db, pool.id, identity.id)
    else unprocessed.push({ IdentityId: identity.id, ErrorCode: 'AccessDenied' })
  }
  return { UnprocessedIdentityIds: unprocessed }
})

export const operations: readonly Operation[] = [
  GetId,
  UnlinkIdentity,
  DescribeIdentity,
  ListIdentities,
  DeleteIdentities,
]
