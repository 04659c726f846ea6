/**
 * Who may call what in Cognito Sync. Policies decide, and over them: the credentials of an identity open that identity
 * alone. AWS: Service Authorization Reference, "Amazon Cognito Sync"; Developer Guide, "Synchronizing data".
 */
import { authorize } from '../iam/authorize.ts'
import { findIdentity } from '../identity-pools/identities/find.ts'
import type { Identity } from '../identity-pools/identities/identity.ts'
import { findPool } from '../identity-pools/pools/find.ts'
import type { Pool } from '../identity-pools/pools/pool.ts'
import type { Caller } from '../wire/caller.ts'
import { fail } from '../wire/errors.ts'
import { type Context, type Door, operationsOf } from '../wire/operation.ts'
import type { Target } from './dataset.ts'
import { findTarget } from './datasets/merged.ts'

/** Makes an operation of the Cognito Sync API: name, door, what happens. */
export const operation = operationsOf<typeof import('@aws-sdk/client-cognito-sync')>()

const provider = 'cognito-identity.amazonaws.com'

/** The identity whose credentials these are; undefined for anybody else's. */
export const identityOf = ({ provider: from, context }: Caller): { id: string; poolId: string } | undefined => {
  const [id, poolId] = [context[`${provider}:sub`], context[`${provider}:aud`]]
  return from === provider && typeof id === 'string' ? { id, poolId: String(poolId) } : undefined
}

/** Who a change is said to be by: an identity by its id, all others by their account. unproved: the identity's form. */
export const authorOf = (caller: Caller): string => identityOf(caller)?.id ?? caller.account

type Who = 'both' | 'identities' | 'developers'

// unproved: the sentences; the model says which credentials an operation takes.
const refuse = (sentence: string): never => fail('NotAuthorizedException', sentence)

function requireKind({ caller, operation: name }: Context, who: Who) {
  const own = identityOf(caller)
  if (own && who === 'developers') refuse(`${name} can only be called with developer credentials.`)
  if (!own && who === 'identities') refuse(`${name} can only be called with the credentials of an identity.`)
}

const arn = ({ region, world }: Context, resource: string) =>
  `arn:aws:cognito-sync:${region}:${world.settings.account}:identitypool/${resource}`

const ask = (context: Context, resource: string) =>
  authorize(context, { action: `cognito-sync:${context.operation}`, resource: arn(context, resource) })

// unproved: that what these do not find is answered so; their model declares no ResourceNotFoundException.
const listing = new Set(['ListDatasets', 'ListRecords'])

const refuseAbsent = ({ operation: name }: Context, sentence: string): never =>
  fail(listing.has(name) ? 'NotAuthorizedException' : 'ResourceNotFoundException', sentence)

async function poolHere(id: string, context: Context): Promise<Pool> {
  const pool = await findPool(context.world, id)
  return pool?.region === context.region ? pool : refuseAbsent(context, `IdentityPool '${id}' not found.`)
}

/** unproved: a merged identity is gone for its old credentials too. */
async function identityHere(poolId: string, id: string, context: Context): Promise<{ pool: Pool; identity: Identity }> {
  const pool = await poolHere(poolId, context)
  const found = await findIdentity(context.world, id)
  if (found?.pool.id !== pool.id || found.identity.kind === 'merged')
    return refuseAbsent(context, `Identity '${id}' not found.`)
  return { pool, identity: found.identity }
}

function requireOwn(caller: Caller, poolId: string, id: string) {
  const own = identityOf(caller)
  if (own && (own.id !== id || own.poolId !== poolId)) refuse(`Access to Identity '${id}' is forbidden.`)
}

type OfIdentity = { IdentityPoolId: string; IdentityId: string }

const identityDoor = (
  who: Who,
  resource: (identity: string) => string,
): Door<OfIdentity, { pool: Pool; identity: Identity }> => ({
  signed: true,
  async admit({ IdentityPoolId, IdentityId }, context) {
    await ask(context, resource(`${IdentityPoolId}/identity/${IdentityId}`))
    requireKind(context, who)
    requireOwn(context.caller, IdentityPoolId, IdentityId)
    return identityHere(IdentityPoolId, IdentityId, context)
  },
})

/** One identity. */
export const identity = identityDoor('both', (one) => one)
/** All datasets of one identity. */
export const datasets = identityDoor('both', (one) => `${one}/dataset/*`)
/** A device of one identity, which nobody else registers. */
export const device = identityDoor('identities', (one) => one)

const datasetDoor = (who: Who): Door<OfIdentity & { DatasetName: string }, { target: Target }> => ({
  signed: true,
  async admit({ IdentityPoolId, IdentityId, DatasetName }, context) {
    await ask(context, `${IdentityPoolId}/identity/${IdentityId}/dataset/${DatasetName}`)
    requireKind(context, who)
    requireOwn(context.caller, IdentityPoolId, IdentityId)
    const found = await identityHere(IdentityPoolId, IdentityId, context)
    return { target: await findTarget(context.world, found.pool, found.identity, DatasetName) }
  },
})

/** One dataset of one identity. */
export const dataset = datasetDoor('both')
/** The same for the devices of the identity. */
export const subscription = datasetDoor('identities')

/** One pool; for administrators. */
export const pool: Door<{ IdentityPoolId: string }, { pool: Pool }> = {
  signed: true,
  async admit({ IdentityPoolId }, context) {
    await ask(context, IdentityPoolId)
    requireKind(context, 'developers')
    return { pool: await poolHere(IdentityPoolId, context) }
  },
}

/** Every pool; for administrators. AWS's refusals name the pool `null`. */
export const account: Door<object, object> = {
  signed: true,
  async admit(_, context) {
    await ask(context, 'null')
    requireKind(context, 'developers')
    return {}
  },
}
