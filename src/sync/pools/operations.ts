/**
 * What administrators set for a pool: push synchronisation, streams, the Sync trigger, bulk publishing; and what its
 * datasets take. Owns the table sync_pools. AWS: Cognito Sync API Reference; Developer Guide, "Amazon Cognito Streams".
 */

import { requirePassableTo } from '../../iam/roles/pass-role.ts'
import { poolsAfter } from '../../identity-pools/pools/find.ts'
import { poolArn } from '../../identity-pools/pools/pool.ts'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import { pageSize } from '../datasets/page-size.ts'
import { poolUsage } from '../datasets/usage.ts'
import { findDestination } from '../destinations.ts'
import { account, pool as onePool, operation } from '../doors.ts'
import { changeSyncPool, findSyncPool } from './find.ts'
import { type SyncPool, untouched } from './sync-pool.ts'

const service = 'cognito-sync.amazonaws.com'

const describe = (id: string, { push, streams }: SyncPool) => ({
  IdentityPoolId: id,
  PushSync: push,
  CognitoStreams: streams,
})

/** unproved: that what a request leaves out stays as it was. */
export const SetIdentityPoolConfiguration = operation(
  'SetIdentityPoolConfiguration',
  onePool,
  async (input, context) => {
    const { world, pool } = context
    const { PushSync, CognitoStreams } = input
    // unproved: the sentences of these refusals; AWS declares the code.
    if (CognitoStreams?.StreamingStatus === 'ENABLED') {
      if (CognitoStreams.StreamName === undefined) fail('InvalidParameterException', 'StreamName is required.')
      if (CognitoStreams.RoleArn === undefined) fail('InvalidParameterException', 'RoleArn is required.')
      if (!findDestination(world.settings.sync, CognitoStreams.StreamName))
        fail(
          'InvalidParameterException',
          `Stream ${CognitoStreams.StreamName} is in no 'streams' of the setting --sync.`,
        )
    }
    if (PushSync?.ApplicationArns?.length) {
      if (PushSync.RoleArn === undefined) fail('InvalidParameterException', 'RoleArn is required.')
      if (!world.settings.sync.push) fail('InvalidParameterException', `There is no 'push' in the setting --sync.`)
    }
    const roles = [PushSync?.RoleArn, CognitoStreams?.RoleArn].filter((role) => role !== undefined)
    await requirePassableTo(context, { service, resource: poolArn(world.settings, pool) }, roles, (arn) =>
      fail('NotAuthorizedException', `Access to Role '${arn}' is forbidden.`),
    )
    const changed = await changeSyncPool(world, pool.id, (before) => ({
      ...before,
      push: PushSync ?? before.push,
      streams: CognitoStreams ?? before.streams,
      failures: 0,
    }))
    return describe(pool.id, changed)
  },
)

export const GetIdentityPoolConfiguration = operation(
  'GetIdentityPoolConfiguration',
  onePool,
  async (_, { world, pool }) => describe(pool.id, await findSyncPool(world, pool.id)),
)

const trigger = 'SyncTrigger'
const functionArn = /^arn:aws:lambda:[\w-]+:\d{12}:function:[\w-]{1,64}(:[\w$-]{1,128})?$/

/** Changes only what it names; an empty ARN removes. AWS: API Reference, SetCognitoEvents. */
export const SetCognitoEvents = operation('SetCognitoEvents', onePool, async ({ Events }, { world, pool }) => {
  for (const [name, arn] of Object.entries(Events)) {
    if (name !== trigger) fail('InvalidParameterException', `Event type ${name} is not supported.`)
    if (arn !== '' && !functionArn.test(arn)) fail('InvalidParameterException', `Invalid Lambda function ARN: ${arn}`)
    await changeSyncPool(world, pool.id, (before) => ({ ...before, syncTrigger: arn === '' ? undefined : arn }))
  }
  return {}
})

export const GetCognitoEvents = operation('GetCognitoEvents', onePool, async (_, { world, pool }) => {
  const { syncTrigger } = await findSyncPool(world, pool.id)
  const events: Record<string, string> = syncTrigger === undefined ? {} : { [trigger]: syncTrigger }
  return { Events: events }
})

/** AWS: one success a day. */
const bulkPause = 86_400_000

/** Copies what there is into the stream, in the background. unproved: the sentences, and the refusal without a stream. */
export const BulkPublish = operation('BulkPublish', onePool, async (_, { world, pool }) => {
  await changeSyncPool(world, pool.id, (before) => {
    const { streams, bulk } = before
    if (streams?.StreamingStatus !== 'ENABLED')
      fail('InvalidParameterException', 'Cognito Streams is not enabled for the identity pool.')
    if (bulk.status === 'IN_PROGRESS') fail('DuplicateRequestException', 'A bulk publish is already in progress.')
    if (bulk.status === 'SUCCEEDED' && world.now() - (bulk.completedAt ?? 0) < bulkPause)
      fail('AlreadyStreamedException', 'A bulk publish succeeded in the last 24 hours.')
    return { ...before, bulk: { ...untouched.bulk, status: 'IN_PROGRESS', startedAt: world.now() } }
  })
  return { IdentityPoolId: pool.id }
})

const dateOf = (time: number | undefined) => (time === undefined ? undefined : new Date(time))

export const GetBulkPublishDetails = operation('GetBulkPublishDetails', onePool, async (_, { world, pool }) => {
  const { bulk } = await findSyncPool(world, pool.id)
  return {
    IdentityPoolId: pool.id,
    BulkPublishStartTime: dateOf(bulk.startedAt),
    BulkPublishCompleteTime: dateOf(bulk.completedAt),
    BulkPublishStatus: bulk.status,
    FailureMessage: bulk.failure,
  }
})

/** unproved: AWS's example has no count of sessions either. */
async function usageOf(world: Parameters<typeof poolUsage>[0], pool: { id: string; modifiedAt: number }) {
  const { storage, modifiedAt } = await poolUsage(world, pool.id)
  return { IdentityPoolId: pool.id, DataStorage: storage, LastModifiedDate: new Date(modifiedAt || pool.modifiedAt) }
}

export const DescribeIdentityPoolUsage = operation(
  'DescribeIdentityPoolUsage',
  onePool,
  async (_, { world, pool }) => ({
    IdentityPoolUsage: await usageOf(world, pool),
  }),
)

export const ListIdentityPoolUsage = operation('ListIdentityPoolUsage', account, async (input, { world, region }) => {
  const paging = { list: `ListIdentityPoolUsage ${region}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, input.NextToken) ?? []
  const limit = Math.min(pageSize(input.MaxResults), 60)
  const { rows, next } = page(paging, await poolsAfter(world, region, String(after), limit + 1), limit, ({ id }) => [
    id,
  ])
  const usages = []
  for (const pool of rows) usages.push(await usageOf(world, pool))
  return { IdentityPoolUsages: usages, MaxResults: limit, Count: usages.length, NextToken: next }
})

export const operations: Operation[] = [
  SetIdentityPoolConfiguration,
  GetIdentityPoolConfiguration,
  SetCognitoEvents,
  GetCognitoEvents,
  BulkPublish,
  GetBulkPublishDetails,
  DescribeIdentityPoolUsage,
  ListIdentityPoolUsage,
]
