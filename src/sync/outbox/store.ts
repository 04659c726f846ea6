/** The outbox of Cognito Streams and the payloads that are too long for a stream. */
import { type Db, join, sql } from '../../store/db.ts'

/** What the sweeper may delete. */
export const expiring = [{ table: 'sync_payloads', column: 'expires_at' }] as const

export type Key = { readonly poolId: string; readonly identityId: string; readonly number: number }
export type Waiting = Key & { readonly payload: string }

export async function insertChange(db: Db, change: Waiting & { readonly changedAt: number }): Promise<void> {
  const { poolId, identityId, number, payload, changedAt } = change
  await db.run(sql`
    insert into sync_changes (pool_id, identity_id, number, payload, size, changed_at)
    values (${poolId}, ${identityId}, ${number}, ${payload}, ${Buffer.byteLength(payload)}, ${changedAt})`)
}

/** The oldest changes of a pool, without their texts. */
export async function readWaiting(db: Db, poolId: string, limit: number): Promise<(Key & { readonly size: number })[]> {
  const rows = await db.all<{ identity_id: string; number: number; size: number }>(sql`
    select identity_id, number, size from sync_changes where pool_id = ${poolId}
    order by changed_at, identity_id, number limit ${limit}`)
  return rows.map(({ identity_id: identityId, number, size }) => ({ poolId, identityId, number, size }))
}

const these = (keys: readonly Key[]) =>
  join(
    keys.map(
      ({ poolId, identityId, number }) =>
        sql`(pool_id = ${poolId} and identity_id = ${identityId} and number = ${number})`,
    ),
    ' or ',
  )

export async function readPayloads(db: Db, keys: readonly Key[]): Promise<Waiting[]> {
  if (keys.length === 0) return []
  const rows = await db.all<{ pool_id: string; identity_id: string; number: number; payload: string }>(sql`
    select pool_id, identity_id, number, payload from sync_changes where ${these(keys)}
    order by identity_id, number`)
  return rows.map((row) => ({
    poolId: row.pool_id,
    identityId: row.identity_id,
    number: row.number,
    payload: row.payload,
  }))
}

export const deleteChanges = (db: Db, keys: readonly Key[]): Promise<number> =>
  keys.length === 0 ? Promise.resolve(0) : db.run(sql`delete from sync_changes where ${these(keys)}`)

export async function insertPayload(
  db: Db,
  payload: { readonly id: string; readonly poolId: string; readonly payload: string; readonly expiresAt: number },
): Promise<void> {
  await db.run(sql`
    insert into sync_payloads (id, pool_id, payload, expires_at)
    values (${payload.id}, ${payload.poolId}, ${payload.payload}, ${payload.expiresAt})`)
}

export async function readPayload(db: Db, id: string, now: number): Promise<string | undefined> {
  const row = await db.get<{ payload: string }>(
    sql`select payload from sync_payloads where id = ${id} and expires_at > ${now}`,
  )
  return row?.payload
}
