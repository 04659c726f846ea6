/** Tables pool_risks, client_risks and auth_events: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { join, sql } from '../../store/db.ts'
import { readDocument } from '../pools/document.ts'
import type { AuthEvent, Feedback } from './event.ts'
import type { RiskDocument } from './risk-document.ts'

type RiskRow = { document: string; modified_at: number }
export type StoredRisk = { readonly document: RiskDocument; readonly modifiedAt: number }

const riskFrom = (row: RiskRow | undefined): StoredRisk | undefined =>
  row && { document: readDocument<RiskDocument>(row.document), modifiedAt: row.modified_at }

/** Of the pool, and of the client if one is named: each where it was set. */
export async function readRisks(
  db: Db,
  poolId: string,
  clientId: string | undefined,
): Promise<{ pool: StoredRisk | undefined; client: StoredRisk | undefined }> {
  const rows = await db.all<RiskRow & { client_id: string }>(sql`
    select '' as client_id, document, modified_at from pool_risks where pool_id = ${poolId}
    union all
    select client_id, document, modified_at from client_risks
    where pool_id = ${poolId} and client_id = ${clientId ?? ''}`)
  return {
    pool: riskFrom(rows.find((row) => row.client_id === '')),
    client: riskFrom(rows.find((row) => row.client_id !== '')),
  }
}

export async function writePoolRisk(db: Db, poolId: string, { document, modifiedAt }: StoredRisk): Promise<void> {
  await db.run(sql`
    insert into pool_risks (pool_id, document, modified_at)
    values (${poolId}, ${JSON.stringify(document)}, ${modifiedAt})
    on conflict (pool_id) do update set document = excluded.document, modified_at = excluded.modified_at`)
}

/** False if the client is gone. */
export async function writeClientRisk(
  db: Db,
  poolId: string,
  clientId: string,
  { document, modifiedAt }: StoredRisk,
): Promise<boolean> {
  const changed = await db.run(sql`
    insert into client_risks (pool_id, client_id, document, modified_at)
    select pool_id, id, ${JSON.stringify(document)}, cast(${modifiedAt} as bigint) from clients
    where pool_id = ${poolId} and id = ${clientId}
    on conflict (pool_id, client_id) do update set document = excluded.document, modified_at = excluded.modified_at`)
  return changed === 1
}

export async function deletePoolRisk(db: Db, poolId: string): Promise<void> {
  await db.run(sql`delete from pool_risks where pool_id = ${poolId}`)
}

export async function deleteClientRisk(db: Db, poolId: string, clientId: string): Promise<void> {
  await db.run(sql`delete from client_risks where pool_id = ${poolId} and client_id = ${clientId}`)
}

/** What the columns know is not in the document. */
type Document = Omit<AuthEvent, 'id' | 'poolId' | 'sub' | 'at' | 'feedback'>

type EventRow = { pool_id: string; sub: string; id: string; at: number; document: string; feedback: string | null }

const eventFrom = (row: EventRow): AuthEvent => ({
  ...(JSON.parse(row.document) as Document),
  id: row.id,
  poolId: row.pool_id,
  sub: row.sub,
  at: row.at,
  feedback: row.feedback === null ? undefined : (JSON.parse(row.feedback) as Feedback),
})

function documentOf({ id, poolId, sub, at, feedback, ...document }: AuthEvent): string {
  return JSON.stringify(document satisfies Document)
}

/** Writes what happened, over what was known of the same events; those of users who are gone are left out. */
export async function writeEvents(db: Db, events: readonly AuthEvent[], expiresAt: (event: AuthEvent) => number) {
  if (events.length === 0) return
  const rows = events.map(
    (event) => sql`
      select ${event.poolId} as pool_id, ${event.sub} as sub, ${event.id} as id, cast(${event.at} as bigint) as at,
        ${documentOf(event)} as document, cast(${expiresAt(event)} as bigint) as expires_at`,
  )
  // "where true": SQLite would otherwise read `on conflict` as the join's condition.
  await db.run(sql`
    insert into auth_events (pool_id, sub, id, at, document, expires_at)
    select e.pool_id, e.sub, e.id, e.at, e.document, e.expires_at from (${join(rows, ' union all ')}) e
    join users u on u.pool_id = e.pool_id and u.sub = e.sub
    where true
    on conflict (pool_id, sub, id) do update set document = excluded.document`)
}

const columns = sql`pool_id, sub, id, at, document, feedback`

/** Newest first, after that one. */
export async function readEvents(
  db: Db,
  poolId: string,
  sub: string,
  limit: number,
  now: number,
  before?: { readonly at: number; readonly id: string },
): Promise<AuthEvent[]> {
  const older = before ? sql`and (at, id) < (${before.at}, ${before.id})` : sql``
  const rows = await db.all<EventRow>(sql`
    select ${columns} from auth_events
    where pool_id = ${poolId} and sub = ${sub} and expires_at > ${now} ${older}
    order by at desc, id desc limit ${limit}`)
  return rows.map(eventFrom)
}

/** The event as it is then; undefined if there is none. The newest word counts. */
export async function writeFeedback(
  db: Db,
  poolId: string,
  sub: string,
  id: string,
  feedback: Feedback,
): Promise<AuthEvent | undefined> {
  const row = await db.get<EventRow>(sql`
    update auth_events set feedback = ${JSON.stringify(feedback)}
    where pool_id = ${poolId} and sub = ${sub} and id = ${id} returning ${columns}`)
  return row && eventFrom(row)
}
