/**
 * Identity pools: whom they let in, and whether guests. Owns the table identity_pools. Never verifies a token and never
 * chooses a role: it only says which providers and settings there are.
 * AWS: API Reference, CreateIdentityPool and its neighbours; Developer Guide, "Amazon Cognito identity pools".
 */
import type { IdentityPool } from '@aws-sdk/client-cognito-identity'
import { makeUuid } from '../../user-pools/tokens/uuid.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { account, admin, operation, tagged } from '../doors.ts'
import { emptyPool } from '../identities/removal.ts'
import { changePool, refusePool } from './find.ts'
import type { Pool } from './pool.ts'
import { checkSettings, checkTags, replaceSettings } from './settings-rules.ts'
import { deletePool, insertPool, markDeleted, readPools } from './store.ts'

const describe = ({ id, name, settings }: Pool): IdentityPool => ({
  ...settings,
  IdentityPoolId: id,
  IdentityPoolName: name,
})

export const CreateIdentityPool = operation('CreateIdentityPool', account, async (input, { world, region }) => {
  const { IdentityPoolName: name, ...settings } = input
  checkSettings(world.settings, settings)
  const now = world.now()
  const id = `${region}:${makeUuid(world)}`
  const pool: Pool = { id, region, name, settings, roles: {}, tagMaps: {}, createdAt: now, modifiedAt: now }
  await insertPool(world.db, pool)
  return describe(pool)
})

export const DescribeIdentityPool = operation('DescribeIdentityPool', admin, (_, { pool }) => describe(pool))

export const ListIdentityPools = operation('ListIdentityPools', account, async (input, { world, region }) => {
  const { MaxResults, NextToken } = input
  const paging = { list: `ListIdentityPools ${region}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, NextToken) ?? []
  const pools = await readPools(world.db, region, String(after), MaxResults + 1)
  const { rows, next } = page(paging, pools, MaxResults, ({ id }) => [id])
  return {
    IdentityPools: rows.map(({ id, name }) => ({ IdentityPoolId: id, IdentityPoolName: name })),
    NextToken: next,
  }
})

export const UpdateIdentityPool = operation('UpdateIdentityPool', admin, async (input, { world }) => {
  const { IdentityPoolId, IdentityPoolName: name, ...wanted } = input
  const changed = await changePool(world, IdentityPoolId, (before) => {
    const settings = replaceSettings(before.settings, wanted)
    checkSettings(world.settings, settings, before.settings)
    return { name, settings }
  })
  return describe(changed)
})

/** Time enough for the rows to go in small steps; what a crash leaves behind then goes with the pool's own row. */
const removalTime = 3_600_000

export const DeleteIdentityPool = operation('DeleteIdentityPool', admin, async (_, { world, pool }) => {
  if (!(await markDeleted(world.db, pool.id, world.now() + removalTime))) refusePool(pool.id)
  await emptyPool(world, pool.id)
  await deletePool(world.db, pool.id)
})

/** Changes the tags of a pool, and nothing else of it. */
async function changeTags(
  world: World,
  pool: Pool,
  change: (tags: Readonly<Record<string, string>>) => Record<string, string>,
): Promise<object> {
  await changePool(world, pool.id, ({ settings: { IdentityPoolTags: before = {}, ...rest } }) => {
    const tags = change(before)
    checkTags(tags)
    return { settings: Object.keys(tags).length > 0 ? { ...rest, IdentityPoolTags: tags } : rest }
  })
  return {}
}

export const TagResource = operation('TagResource', tagged, ({ Tags }, { world, pool }) =>
  changeTags(world, pool, (before) => ({ ...before, ...Tags })),
)

export const UntagResource = operation('UntagResource', tagged, ({ TagKeys }, { world, pool }) =>
  changeTags(world, pool, (before) =>
    Object.fromEntries(Object.entries(before).filter(([key]) => !TagKeys.includes(key))),
  ),
)

export const ListTagsForResource = operation('ListTagsForResource', tagged, (_, { pool }) => ({
  Tags: pool.settings.IdentityPoolTags ?? {},
}))

export const operations: readonly Operation[] = [
  CreateIdentityPool,
  DescribeIdentityPool,
  ListIdentityPools,
  UpdateIdentityPool,
  DeleteIdentityPool,
  TagResource,
  UntagResource,
  ListTagsForResource,
]
