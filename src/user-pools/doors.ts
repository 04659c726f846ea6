/** Who may call what in user pools: turns a checked request into the pool, client or user it is about, or refuses. */
import { authorize } from '../iam/authorize.ts'
import { AwsError, fail } from '../wire/errors.ts'
import type { Context, Door } from '../wire/operation.ts'
import { operationsOf } from '../wire/operation.ts'
import type { Client } from './clients/client.ts'
import { clientInPool, requireClient } from './clients/find.ts'
import { checkSecretHash } from './clients/secret-hash.ts'
import { findPool, refusePool } from './pools/find.ts'
import { type Pool, poolArn } from './pools/pool.ts'
import { findReplica } from './replicas/find.ts'
import { checkSecondary, seenThrough } from './replicas/replica.ts'
import { countRequest } from './risk/rates.ts'
import { readAccessToken } from './tokens/access-token.ts'
import { refuseUnready } from './users/ready.ts'

/** Makes an operation of the user pools API: name, door, what happens. */
export const operation = operationsOf<typeof import('@aws-sdk/client-cognito-identity-provider')>()

const actionOf = (context: Context) => `cognito-idp:${context.operation}`

/** Condition keys of the tags a request brings. AWS: Service Authorization Reference, "Amazon Cognito User Pools". */
const requestTags = (request: {
  UserPoolTags?: unknown
  Tags?: unknown
  TagKeys?: unknown
}): Record<string, string | string[]> => {
  const tags = Object.entries((request.UserPoolTags ?? request.Tags ?? {}) as Record<string, string>)
  const keys = [...tags.map(([key]) => key), ...((request.TagKeys ?? []) as string[])]
  if (keys.length === 0) return {}
  return { ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])), 'aws:TagKeys': keys }
}

const resourceTags = (pool: Pool | undefined): Record<string, string> =>
  Object.fromEntries(
    Object.entries(pool?.settings.UserPoolTags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  )

/** Signed, about no pool that exists yet. */
export const account: Door<object, unknown> = {
  signed: true,
  admit: async (request, context) => {
    await authorize(context, { action: actionOf(context), resource: '*', more: requestTags(request) })
    return {}
  },
}

/**
 * The pool of that id in the caller's region, where it may have a replica that does less. Whoever is not allowed to ask is
 * refused before learning whether the pool exists; in every other region it does not exist.
 */
export async function admitToPool(id: string, request: object, context: Context): Promise<{ pool: Pool }> {
  const found = await findPool(context.world, id)
  const isElsewhere = found !== undefined && found.region !== context.region
  const replica = isElsewhere ? await findReplica(context.world, id, context.region) : undefined
  const pool = isElsewhere ? replica && seenThrough(found, replica) : found
  await authorize(context, {
    action: actionOf(context),
    resource: poolArn(context.world.settings, { id, region: context.region }),
    more: { ...requestTags(request), ...resourceTags(pool) },
  })
  if (!pool) return refusePool(id)
  if (replica) checkSecondary(context.operation, request, replica)
  await countRequest(context.world, pool, context.operation)
  return { pool }
}

/** Signed, about one pool. */
export const admin: Door<{ UserPoolId: string }, { pool: Pool }> = {
  signed: true,
  admit: (request, context) => admitToPool(request.UserPoolId, request, context),
}

/** Signed, about one client of one pool. */
export const adminClient: Door<{ UserPoolId: string; ClientId: string }, { pool: Pool; client: Client }> = {
  signed: true,
  async admit(request, context) {
    const { pool } = await admitToPool(request.UserPoolId, request, context)
    return { pool, client: await clientInPool(context.world, pool, request.ClientId) }
  },
}

/** Signed, about the pool an ARN names. */
export const tagged: Door<{ ResourceArn: string }, { pool: Pool }> = {
  signed: true,
  admit(request, context) {
    const { account } = context.world.settings
    const [, region, owner, id = ''] =
      /^arn:aws:cognito-idp:([^:]*):(\d*):userpool\/([^/:]+)$/.exec(request.ResourceArn) ?? []
    // unproved: AWS's sentence for an ARN that is no pool's.
    if (!id) fail('InvalidParameterException', 'Invalid ARN.')
    if (region !== context.region || owner !== account) refusePool(id)
    return admitToPool(id, request, context)
  },
}

/**
 * Unsigned, through an app client. A request that names the user in Username proves the client's secret by SecretHash
 * here; the flows that carry both in AuthParameters prove it themselves.
 */
export const client: Door<
  { ClientId: string; SecretHash?: string; Username?: string },
  { pool: Pool; client: Client }
> = {
  signed: false,
  async admit(request, context) {
    const found = await requireClient(context.world, request.ClientId)
    await countRequest(context.world, found.pool, context.operation)
    if (request.Username !== undefined) checkSecretHash(found.client, request.Username, request.SecretHash)
    return found
  },
}

type ReadToken = Awaited<ReturnType<typeof readAccessToken>>

/** What a user does with the session alone. AWS's model names no UserNotFoundException for these. */
const knowsNoUsers = new Set([
  'AssociateSoftwareToken',
  'CompleteWebAuthnRegistration',
  'DeleteWebAuthnCredential',
  'GlobalSignOut',
  'ListWebAuthnCredentials',
  'StartWebAuthnRegistration',
])

/** unproved: there, the token of a deleted user is answered as one that is revoked. */
async function readToken({ world, operation: name }: Context, token: string): Promise<ReadToken> {
  try {
    return await readAccessToken(world, token)
  } catch (error) {
    if (error instanceof AwsError && error.code === 'UserNotFoundException' && knowsNoUsers.has(name))
      fail('NotAuthorizedException', 'Access Token has been revoked', { detail: 'deleted' })
    throw error
  }
}

/**
 * Unsigned, by the user whose access token it is. Not while their password must be reset: AWS's model names that refusal
 * at each of these operations but one, and whoever has a stolen token must not move the address that the code goes to.
 */
export const user: Door<
  { AccessToken: string },
  { pool: Pool; user: ReadToken['user']; token: Pick<ReadToken, 'claims' | 'session'> }
> = {
  signed: false,
  async admit(request, context) {
    const { pool, user, claims, session } = await readToken(context, request.AccessToken)
    await countRequest(context.world, pool, context.operation, user.sub)
    refuseUnready(user)
    return { pool, user, token: { claims, session } }
  },
}
