/**
 * Replicas: a pool that administrators reach in another region as well. Owns the table pool_replicas. Never copies: one server
 * has one directory, so a replica is up to date at once, and what people ask without a signature carries no region and is the
 * primary's. AWS: API_CreateUserPoolReplica and its neighbours; Developer Guide, "Multi-Region replication for user pools".
 */
import { authorize } from '../../iam/authorize.ts'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import { admin, operation } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { checkTags } from '../pools/settings-rules.ts'
import { findReplica } from './find.ts'
import { describePrimary, describeReplica, regionalSettings } from './replica.ts'
import * as store from './store.ts'

// unproved: the sentences of all refusals below; the codes are the model's, the rules are the guide's.
const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)
const refuseAbsent = (region: string): never =>
  fail('ResourceNotFoundException', `User pool replica in ${region} does not exist.`)

/** AWS: "Things to know about multi-Region replication". */
function requireReady({ settings }: Pool): void {
  if (settings.UserPoolTier === 'LITE')
    fail('FeatureUnavailableInTierException', 'Multi-Region replication is not available in the LITE pricing tier.')
  const { KeyType, KmsKeyArn = '' } = settings.KeyConfiguration ?? {}
  if (KeyType !== 'CUSTOMER_MANAGED_KEY' || !/:key\/mrk-/.test(KmsKeyArn))
    refuse('A multi-Region customer managed key is required for multi-Region replication.')
}

/** It is whole when this answers, so that nobody meets the status CREATING, and INACTIVE as AWS's are at first. */
export const CreateUserPoolReplica = operation('CreateUserPoolReplica', admin, async (input, context) => {
  const { world, pool } = context
  const { RegionName: region, UserPoolTags } = input
  if (!/^[a-z]{2,}(-[a-z]+)+-\d$/.test(region)) refuse(`Invalid region: ${region}`)
  if (region === pool.region) refuse('The replica cannot be in the Region of the primary user pool.')
  requireReady(pool)
  checkTags(UserPoolTags)
  // AWS: "you must have permissions to create user pools in the target Region".
  await authorize(context, { action: 'cognito-idp:CreateUserPool', resource: '*' })
  const now = world.now()
  const settings = regionalSettings(UserPoolTags ? { UserPoolTags } : {})
  const replica = {
    ...{ poolId: pool.id, region, settings },
    status: 'INACTIVE' as const,
    createdAt: now,
    modifiedAt: now,
  }
  if (!(await store.insertReplica(world.db, replica))) refuse(`The user pool has a replica in ${region} already.`)
  return { UserPoolReplica: describeReplica(world.settings, replica) }
})

export const UpdateUserPoolReplica = operation('UpdateUserPoolReplica', admin, async (input, { world, pool }) => {
  const { RegionName: region, Status: status } = input
  if (region === pool.region) refuse('The status of the primary user pool cannot be changed.')
  const changed = { poolId: pool.id, region, status, modifiedAt: world.now() }
  if (!(await store.setStatus(world.db, changed))) refuseAbsent(region)
  return { UserPoolReplica: describeReplica(world.settings, changed) }
})

export const DeleteUserPoolReplica = operation('DeleteUserPoolReplica', admin, async (input, { world, pool }) => {
  const { RegionName: region } = input
  if (region === pool.region) refuse('The primary user pool cannot be deleted as a replica.')
  const { id: poolId } = pool
  if (!(await store.deleteInactive(world.db, poolId, region))) {
    if (!(await findReplica(world, poolId, region))) refuseAbsent(region)
    refuse('The replica must be INACTIVE to be deleted.')
  }
  return { UserPoolReplica: describeReplica(world.settings, { poolId, region, status: 'DELETING' }) }
})

const longestPage = 20

export const ListUserPoolReplicas = operation('ListUserPoolReplicas', admin, async ({ NextToken }, { world, pool }) => {
  const paging = { list: `ListUserPoolReplicas ${pool.id}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const found = await store.readReplicas(world.db, pool.id, String(after), longestPage + 1)
  const { rows, next } = page(paging, found, longestPage, ({ region }) => [region])
  const primary = after === '' ? [describePrimary(world.settings, pool)] : []
  return { UserPoolReplicas: [...primary, ...rows.map((one) => describeReplica(world.settings, one))], NextToken: next }
})

export const operations: readonly Operation[] = [
  CreateUserPoolReplica,
  UpdateUserPoolReplica,
  DeleteUserPoolReplica,
  ListUserPoolReplicas,
]
