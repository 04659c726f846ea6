/** The table of what a pool's administrator has set for Cognito Sync, and of how its stream is doing. */
import { type Db, sql } from '../../store/db.ts'
import type { PushSync, Streams, SyncPool } from './sync-pool.ts'

type Row = {
  push: string | null
  streams: string | null
  sync_trigger: string | null
  bulk_status: SyncPool['bulk']['status']
  bulk_started_at: number | null
  bulk_completed_at: number | null
  bulk_failure: string | null
  bulk_after: string | null
  failures: number
}

const columns = sql`push, streams, sync_trigger, bulk_status, bulk_started_at, bulk_completed_at, bulk_failure,
  bulk_after, failures`

const fromRow = (row: Row): SyncPool => ({
  push: row.push === null ? undefined : (JSON.parse(row.push) as PushSync),
  streams: row.streams === null ? undefined : (JSON.parse(row.streams) as Streams),
  syncTrigger: row.sync_trigger ?? undefined,
  bulk: {
    status: row.bulk_status,
    startedAt: row.bulk_started_at ?? undefined,
    completedAt: row.bulk_completed_at ?? undefined,
    failure: row.bulk_failure ?? undefined,
    after: row.bulk_after === null ? undefined : (JSON.parse(row.bulk_after) as { owner: string; stored: string }),
  },
  failures: row.failures,
})

export async function readSyncPool(db: Db, poolId: string): Promise<SyncPool | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from sync_pools where pool_id = ${poolId}`)
  return row && fromRow(row)
}

export async function putSyncPool(db: Db, poolId: string, pool: SyncPool): Promise<void> {
  const { push, streams, syncTrigger, bulk, failures } = pool
  const streaming = streams?.StreamingStatus === 'ENABLED'
  await db.run(sql`
    insert into sync_pools (pool_id, streaming, ${columns})
    values (${poolId}, ${streaming}, ${push && JSON.stringify(push)}, ${streams && JSON.stringify(streams)}, ${syncTrigger},
      ${bulk.status}, ${bulk.startedAt}, ${bulk.completedAt}, ${bulk.failure}, ${bulk.after && JSON.stringify(bulk.after)},
      ${failures})
    on conflict (pool_id) do update set streaming = excluded.streaming, push = excluded.push,
      streams = excluded.streams, sync_trigger = excluded.sync_trigger, bulk_status = excluded.bulk_status,
      bulk_started_at = excluded.bulk_started_at, bulk_completed_at = excluded.bulk_completed_at,
      bulk_failure = excluded.bulk_failure, bulk_after = excluded.bulk_after, failures = excluded.failures, retry_at = 0`)
}

/** Takes a pool whose stream has something to get and that nobody works on; answers its id. */
export async function claimStream(
  db: Db,
  { lease, now, until }: { readonly lease: string; readonly now: number; readonly until: number },
): Promise<string | undefined> {
  const waits = sql`streaming = 1 and retry_at <= ${now} and lease_until <= ${now} and (bulk_status = 'IN_PROGRESS'
    or exists (select 1 from sync_changes where sync_changes.pool_id = sync_pools.pool_id))`
  const found = await db.get<{ pool_id: string }>(
    sql`select pool_id from sync_pools where ${waits} order by retry_at limit 1`,
  )
  if (!found) return undefined
  // Another node may have been quicker.
  const taken = await db.get<{ pool_id: string }>(sql`
    update sync_pools set lease = ${lease}, lease_until = ${until} where pool_id = ${found.pool_id} and ${waits}
    returning pool_id`)
  return taken?.pool_id
}

type Held = { readonly poolId: string; readonly lease: string }
const held = ({ poolId, lease }: Held) => sql`pool_id = ${poolId} and lease = ${lease}`

/** False if somebody else has it by now. */
export const renewLease = async (db: Db, by: Held, until: number): Promise<boolean> =>
  (await db.run(sql`update sync_pools set lease_until = ${until} where ${held(by)}`)) === 1

/** Lets go; not to be taken again before that time. */
export const releaseStream = (db: Db, by: Held, failures: number, retryAt: number): Promise<number> =>
  db.run(sql`
    update sync_pools set lease = null, lease_until = 0, failures = ${failures}, retry_at = ${retryAt}
    where ${held(by)}`)
