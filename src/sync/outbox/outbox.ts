/** What a stream still has to get: written in the transaction of the change, and gone when the stream has it. */
import type { Db } from '../../store/db.ts'
import type { World } from '../../world.ts'
import { type Change, longestInline, printChange } from './change.ts'
import {
  deleteChanges,
  insertChange,
  insertPayload,
  type Key,
  readPayloads,
  readWaiting,
  type Waiting,
} from './store.ts'

/** Long enough for a consumer that was down over a week-end. */
const payloadLife = 7 * 86_400_000

export const payloadPath = '/sync-payloads/'

/** The stream's record of a change: the change itself, or where to get it if it is too long for a stream. */
export async function toRecord(world: Pick<World, 'random' | 'settings'>, db: Db, change: Change): Promise<string> {
  const text = printChange(change)
  if (Buffer.byteLength(text) <= longestInline) return text
  // Whoever has the address may read it, as with a presigned URL.
  const id = world.random(32).toString('base64url')
  await insertPayload(db, { id, poolId: change.target.pool.id, payload: text, expiresAt: change.at + payloadLife })
  return printChange(change, `${world.settings.publicUrl}${payloadPath}${id}`)
}

/** Part of the transaction that makes the change; `number` is the identity's next. */
export async function enqueue(
  world: Pick<World, 'random' | 'settings'>,
  db: Db,
  change: Change,
  number: number,
): Promise<void> {
  const payload = await toRecord(world, db, change)
  const { pool, identity } = change.target
  await insertChange(db, { poolId: pool.id, identityId: identity.id, number, payload, changedAt: change.at })
}

/** The first waiting change of each identity, the oldest first, as many as these limits allow, but one at least. */
export async function firstWaiting(
  world: Pick<World, 'db'>,
  poolId: string,
  most: { readonly records: number; readonly bytes: number },
): Promise<Waiting[]> {
  const first = new Map<string, Key>()
  let bytes = 0
  for (const change of await readWaiting(world.db, poolId, most.records)) {
    if (first.has(change.identityId)) continue
    bytes += change.size
    if (bytes > most.bytes && first.size > 0) break
    first.set(change.identityId, change)
  }
  return readPayloads(world.db, [...first.values()])
}

/** The stream has them. */
export const forget = (world: Pick<World, 'db'>, changes: readonly Key[]): Promise<number> =>
  deleteChanges(world.db, changes)
