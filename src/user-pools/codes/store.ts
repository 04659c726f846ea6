/** Tables codes and attempts: the only SQL on them. Every decision that parallel callers could race for is one statement. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'

/** Whose code, and what for. */
export type Place = { readonly poolId: string; readonly subject: string; readonly purpose: string }

const at = ({ poolId, subject, purpose }: Place) =>
  sql`pool_id = ${poolId} and subject = ${subject} and purpose = ${purpose}`

/** Puts a code in its place; the former one is gone. */
export async function writeCode(
  db: Db,
  place: Place,
  code: { readonly mac: string; readonly payload: string; readonly expiresAt: number },
): Promise<void> {
  await db.run(sql`
    insert into codes (pool_id, subject, purpose, mac, tries, payload, expires_at)
    values (${place.poolId}, ${place.subject}, ${place.purpose}, ${code.mac}, 0, ${code.payload}, ${code.expiresAt})
    on conflict (pool_id, subject, purpose) do update
    set mac = excluded.mac, tries = 0, payload = excluded.payload, expires_at = excluded.expires_at`)
}

/** Counts a try of a living code and hands its keyed hash out; undefined if there is none or its tries are used up. */
export async function countTry(db: Db, place: Place, now: number, most: number): Promise<string | undefined> {
  const row = await db.get<{ mac: string }>(sql`
    update codes set tries = tries + 1 where ${at(place)} and expires_at > ${now} and tries < ${most} returning mac`)
  return row?.mac
}

/** Takes the code away, if it is still the one that was tried: of several takers one gets the payload. */
export async function takeCode(db: Db, place: Place, mac: string, now: number): Promise<string | undefined> {
  const row = await db.get<{ payload: string }>(sql`
    delete from codes where ${at(place)} and mac = ${mac} and expires_at > ${now} returning payload`)
  return row?.payload
}

/** The payload of a code under way, however often it was tried. */
export async function readPayload(db: Db, place: Place, now: number): Promise<string | undefined> {
  const row = await db.get<{ payload: string }>(sql`
    select payload from codes where ${at(place)} and expires_at > ${now}`)
  return row?.payload
}

export async function deleteCode(db: Db, place: Place): Promise<void> {
  await db.run(sql`delete from codes where ${at(place)}`)
}

/** Counts one more of `kind` in the subject's present window, opening a new one if it has ended; answers how many. */
export async function addAttempt(
  db: Db,
  { poolId, subject, kind }: { readonly poolId: string; readonly subject: string; readonly kind: string },
  now: number,
  windowEnd: number,
): Promise<number> {
  const row = await db.get<{ used: number }>(sql`
    insert into attempts (pool_id, subject, kind, used, ends_at) values (${poolId}, ${subject}, ${kind}, 1, ${windowEnd})
    on conflict (pool_id, subject, kind) do update set
      used = case when attempts.ends_at <= ${now} then 1 else attempts.used + 1 end,
      ends_at = case when attempts.ends_at <= ${now} then excluded.ends_at else attempts.ends_at end
    returning used`)
  return row?.used ?? 1
}
