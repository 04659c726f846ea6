/** Who may call what in identity pools: turns a checked request into the pool or the identity it is about, or refuses. */
import { authorize } from '../iam/authorize.ts'
import { fail } from '../wire/errors.ts'
import { type Context, type Door, operationsOf } from '../wire/operation.ts'
import { findIdentity, refuseIdentity } from './identities/find.ts'
import type { Identity } from './identities/identity.ts'
import { findPool, refusePool } from './pools/find.ts'
import { type Pool, poolArn } from './pools/pool.ts'

/** Makes an operation of the identity pools API: name, door, what happens. */
export const operation = operationsOf<typeof import('@aws-sdk/client-cognito-identity')>()

const actionOf = ({ operation: name }: Context) => `cognito-identity:${name}`

type Tagging = { IdentityPoolTags?: Record<string, string>; Tags?: Record<string, string>; TagKeys?: string[] }

/** Condition keys of the tags that a request brings or takes away. AWS: Service Authorization Reference, "Amazon Cognito Identity". */
function requestTags({
  IdentityPoolTags,
  Tags = IdentityPoolTags,
  TagKeys,
}: Tagging): Record<string, string | string[]> {
  if (TagKeys) return { 'aws:TagKeys': TagKeys }
  if (!Tags) return {}
  return {
    ...Object.fromEntries(Object.entries(Tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': Object.keys(Tags),
  }
}

const resourceTags = (pool: Pool | undefined) =>
  Object.fromEntries(
    Object.entries(pool?.settings.IdentityPoolTags ?? {}).map(([key, value]) => [`aws:ResourceTag/${key}`, value]),
  )

/** Signed, about no pool in particular. AWS's refusals name the ARN of a pool without an id. */
export const account: Door<object, object> = {
  signed: true,
  async admit(request, context) {
    const resource = poolArn(context.world.settings, { id: '', region: context.region })
    await authorize(context, { action: actionOf(context), resource, more: requestTags(request) })
    return {}
  },
}

/** The pool of the caller's region. Whoever may not ask learns nothing of whether it exists. */
async function admitToPool(id: string, request: object, context: Context, resource: string): Promise<{ pool: Pool }> {
  const found = await findPool(context.world, id)
  const pool = found?.region === context.region ? found : undefined
  const more = { ...requestTags(request), ...resourceTags(pool) }
  await authorize(context, { action: actionOf(context), resource, more })
  return { pool: pool ?? refusePool(id) }
}

/** Signed, about one pool. */
export const admin: Door<{ IdentityPoolId: string }, { pool: Pool }> = {
  signed: true,
  admit(request, context) {
    const { IdentityPoolId: id } = request
    return admitToPool(id, request, context, poolArn(context.world.settings, { id, region: context.region }))
  },
}

/** Signed, about one pool, by an action that knows no resources. */
export const adminOfAny: Door<{ IdentityPoolId: string }, { pool: Pool }> = {
  signed: true,
  admit: (request, context) => admitToPool(request.IdentityPoolId, request, context, '*'),
}

/** Signed, about the pool that an ARN names. */
export const tagged: Door<{ ResourceArn: string }, { pool: Pool }> = {
  signed: true,
  admit(request, context) {
    const { ResourceArn: arn } = request
    const [, region, owner, id = ''] =
      /^arn:aws:cognito-identity:([^:]*):(\d*):identitypool\/([\w-]+:[0-9a-f-]+)$/.exec(arn) ?? []
    // unproved: AWS's sentence for an ARN that is no pool's.
    if (!id) fail('InvalidParameterException', 'Invalid ARN.')
    if (region !== context.region || owner !== context.world.settings.account) refusePool(id)
    return admitToPool(id, request, context, arn)
  },
}

/** Signed, about one identity, which is in some pool of the caller's region. */
export const adminOfIdentity: Door<{ IdentityId: string }, { pool: Pool; identity: Identity }> = {
  signed: true,
  async admit({ IdentityId }, context) {
    const { world } = context
    const found = await findIdentity(world, IdentityId)
    const known = found?.pool.region === context.region ? found : undefined
    const more = known && { 'cognito-identity:IdentityPoolArn': poolArn(world.settings, known.pool) }
    await authorize(context, { action: actionOf(context), resource: '*', more })
    return known ?? refuseIdentity(IdentityId)
  },
}

/** Signed; whether the caller may is asked for each identity. */
export const signedIn: Door<unknown, object> = { signed: true, admit: () => ({}) }

/** Unsigned, about one pool. */
export const pool: Door<{ IdentityPoolId: string }, { pool: Pool }> = {
  signed: false,
  admit: async ({ IdentityPoolId }, { world }) => ({
    pool: (await findPool(world, IdentityPoolId)) ?? refusePool(IdentityPoolId),
  }),
}

/** Unsigned, about one identity. */
export const identity: Door<{ IdentityId: string }, { pool: Pool; identity: Identity }> = {
  signed: false,
  admit: async ({ IdentityId }, { world }) => (await findIdentity(world, IdentityId)) ?? refuseIdentity(IdentityId),
}
