/**
 * User pools: what a directory of users is called, demands and allows. Owns the table pools. Never touches users: it
 * only says what they must be like, and when a pool is deleted its rows go in the background.
 * AWS: API Reference, CreateUserPool and its neighbours; Developer Guide, "Amazon Cognito user pools".
 */
import type { UserPoolType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { describeDomains, refuseWithDomain } from '../domains/find.ts'
import { account, admin, operation, tagged } from '../doors.ts'
import { refuseDuringImport } from '../imports/in-progress.ts'
import { changeRegional, findReplica, refuseWithReplicas, regionsOf, replicatedTo } from '../replicas/find.ts'
import { type RegionalSettings, refuseSecondary, replaceRegional, seenThrough } from '../replicas/replica.ts'
import { estimateUsers } from './estimate.ts'
import { findPool, refusePool } from './find.ts'
import { type Pool, poolArn } from './pool.ts'
import { alphanumeric, randomText } from './random-text.ts'
import { completeSchema } from './schema.ts'
import { extendSchema, newSchema } from './schema-rules.ts'
import { completeSettings, replaceSettings } from './settings.ts'
import { checkSettings, checkTags } from './settings-rules.ts'
import { changePool, insertPool, markDeleted, readPools } from './store.ts'

const describe = (world: World, pool: Pool, users: number): UserPoolType => ({
  ...pool.settings,
  Id: pool.id,
  Name: pool.name,
  Arn: poolArn(world.settings, pool),
  CreationDate: new Date(pool.createdAt),
  LastModifiedDate: new Date(pool.modifiedAt),
  SchemaAttributes: [...pool.schema] as UserPoolType['SchemaAttributes'],
  EstimatedNumberOfUsers: users,
})

export const CreateUserPool = operation('CreateUserPool', account, async (input, { world, region }) => {
  const { PoolName: name, Schema, ...wanted } = input
  const own = newSchema(Schema ?? [])
  const settings = completeSettings(wanted)
  checkSettings({ wanted, settings, own, region, account: world.settings.account })
  const createdAt = world.now()
  for (;;) {
    const id = `${region}_${randomText(world, alphanumeric, 9)}`
    if (!(await insertPool(world.db, { id, region, name, settings, own, createdAt }))) continue
    const pool = { id, region, name, settings, schema: completeSchema(own), createdAt, modifiedAt: createdAt }
    return { UserPool: describe(world, pool, 0) }
  }
})

export const DescribeUserPool = operation('DescribeUserPool', admin, async (_, { world, pool, region }) => ({
  UserPool: {
    ...describe(world, { ...pool, region }, await estimateUsers(world, pool.id)),
    ...(await describeDomains(world, pool.id)),
  },
}))

/** The region's own pools and the replicas in it, in the order of their ids, after that id. */
async function poolsIn(world: World, region: string, after: string, limit: number): Promise<Pool[]> {
  const [own, replicated] = await Promise.all([
    readPools(world.db, region, after, limit),
    replicatedTo(world, region, after, limit),
  ])
  const others = await Promise.all(
    replicated.map(async (id) => {
      const [pool, replica] = await Promise.all([findPool(world, id), findReplica(world, id, region)])
      return pool && replica ? [seenThrough(pool, replica)] : []
    }),
  )
  const all = [...own, ...others.flat()].sort((a, b) => (a.id < b.id ? -1 : 1))
  return all.slice(0, limit)
}

export const ListUserPools = operation('ListUserPools', account, async ({ MaxResults, NextToken }, context) => {
  const { world, region } = context
  const paging = { list: `ListUserPools ${region}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const pools = await poolsIn(world, region, String(after), MaxResults + 1)
  const { rows, next } = page(paging, pools, MaxResults, (pool) => [pool.id])
  const regions = await regionsOf(
    world,
    rows.map(({ id }) => id),
  )
  return {
    UserPools: rows.map((pool) => ({
      Id: pool.id,
      Name: pool.name,
      LambdaConfig: pool.settings.LambdaConfig,
      LastModifiedDate: new Date(pool.modifiedAt),
      CreationDate: new Date(pool.createdAt),
      ReplicaRegions: regions.get(pool.id) ?? [],
    })),
    NextToken: next,
  }
})

export const UpdateUserPool = operation('UpdateUserPool', admin, async (input, { world, pool, region }) => {
  const { UserPoolId, PoolName, ...wanted } = input
  if (region !== pool.region) {
    if (PoolName !== undefined) refuseSecondary('PoolName can be changed in the primary user pool only.')
    const settings = replaceRegional(pool, region, world.settings.account, wanted)
    if (!(await changeRegional(world, pool.id, region, () => settings))) refusePool(UserPoolId)
    return {}
  }
  await refuseDuringImport(world, pool.id)
  const changed = await changePool(world.db, pool.id, world.now(), (before, own) => {
    const settings = replaceSettings(before.settings, wanted)
    checkSettings({ wanted, settings, own, region, account: world.settings.account })
    return { settings, name: PoolName ?? before.name }
  })
  if (!changed) refusePool(UserPoolId)
  return {}
})

export const DeleteUserPool = operation('DeleteUserPool', admin, async ({ UserPoolId }, { world, pool }) => {
  await refuseDuringImport(world, pool.id)
  await refuseWithDomain(world, pool.id)
  await refuseWithReplicas(world, pool.id)
  const deleted = await markDeleted(world.db, pool.id, world.now(), ({ settings }) => {
    if (settings.DeletionProtection === 'ACTIVE') {
      fail(
        'InvalidParameterException',
        'The user pool cannot be deleted because deletion protection is activated. Deletion protection must be inactivated first.',
      )
    }
  })
  if (!deleted) refusePool(UserPoolId)
})

export const AddCustomAttributes = operation('AddCustomAttributes', admin, async (input, { world, pool }) => {
  const { UserPoolId, CustomAttributes } = input
  await refuseDuringImport(world, pool.id)
  const changed = await changePool(world.db, pool.id, world.now(), (_, own) => ({
    own: extendSchema(own, CustomAttributes),
  }))
  if (!changed) refusePool(UserPoolId)
  return {}
})

/** Changes the tags of a pool as that region has them, and nothing else of it. */
async function changeTags(
  { world, pool, region }: { world: World; pool: Pool; region: string },
  change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
): Promise<void> {
  const retag = <Tagged extends RegionalSettings>({ UserPoolTags: before = {}, ...rest }: Tagged) => {
    const tags = change(before)
    // TagResource has no UserPoolTaggingException.
    checkTags(tags, 'InvalidParameterException')
    return Object.keys(tags).length > 0 ? { ...rest, UserPoolTags: tags } : rest
  }
  const changed =
    region === pool.region
      ? await changePool(world.db, pool.id, world.now(), ({ settings }) => ({ settings: retag(settings) }))
      : await changeRegional(world, pool.id, region, retag)
  if (!changed) refusePool(pool.id)
}

export const TagResource = operation('TagResource', tagged, async ({ Tags }, context) => {
  await changeTags(context, (before) => ({ ...before, ...Tags }))
  return {}
})

export const UntagResource = operation('UntagResource', tagged, async ({ TagKeys }, context) => {
  await changeTags(context, (before) =>
    Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
  )
  return {}
})

export const ListTagsForResource = operation('ListTagsForResource', tagged, (_, { pool }) => ({
  Tags: pool.settings.UserPoolTags ?? {},
}))

export const operations: readonly Operation[] = [
  CreateUserPool,
  DescribeUserPool,
  ListUserPools,
  UpdateUserPool,
  DeleteUserPool,
  AddCustomAttributes,
  TagResource,
  UntagResource,
  ListTagsForResource,
]
