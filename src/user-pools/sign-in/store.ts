/** Tables challenges and lockouts: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { forgetAt, type Lock } from './lock-out.ts'

/** What the sweeper may delete. */
export const expiring = [
  { table: 'challenges', column: 'forget_at' },
  { table: 'lockouts', column: 'forget_at' },
] as const

/** Who may answer a challenge, and which. */
export type Binding = {
  readonly clientId: string
  readonly sub: string
  readonly family: string
  readonly challenge: string
}

export type Held = { readonly state: string; readonly expiresAt: number; readonly usedAt: number | undefined }

/** How long a used or expired session is remembered, so that it is refused as such. */
const remembered = 60 * 60_000

export async function insertChallenge(
  db: Db,
  poolId: string,
  hash: string,
  bound: Binding,
  state: string,
  expiresAt: number,
): Promise<void> {
  await db.run(sql`
    insert into challenges (pool_id, hash, client_id, sub, family, challenge, state, expires_at, forget_at)
    values (${poolId}, ${hash}, ${bound.clientId}, ${bound.sub}, ${bound.family}, ${bound.challenge},
      ${state}, ${expiresAt}, ${expiresAt + remembered})`)
}

/** Takes a challenge for whom it is bound to: once, and only in its time. Its state, or undefined. */
export async function takeChallenge(
  db: Db,
  poolId: string,
  hash: string,
  bound: Binding,
  now: number,
): Promise<string | undefined> {
  const row = await db.get<{ state: string }>(sql`
    update challenges set used_at = ${now}
    where pool_id = ${poolId} and hash = ${hash} and client_id = ${bound.clientId} and sub = ${bound.sub}
      and family = ${bound.family} and challenge = ${bound.challenge}
      and used_at is null and expires_at > ${now}
    returning state`)
  return row?.state
}

/** A challenge as it is held: why it could not be taken, or what it remembers. */
export async function readChallenge(db: Db, poolId: string, hash: string, bound: Binding): Promise<Held | undefined> {
  const row = await db.get<{ state: string; expires_at: number; used_at: number | null }>(sql`
    select state, expires_at, used_at from challenges
    where pool_id = ${poolId} and hash = ${hash} and client_id = ${bound.clientId} and sub = ${bound.sub}
      and family = ${bound.family} and challenge = ${bound.challenge}`)
  return row && { state: row.state, expiresAt: row.expires_at, usedAt: row.used_at ?? undefined }
}

/** Makes a taken challenge answerable again: the answer was refused for its form, and nothing was changed by it. */
export async function giveBackChallenge(db: Db, poolId: string, hash: string): Promise<void> {
  await db.run(sql`update challenges set used_at = null where pool_id = ${poolId} and hash = ${hash}`)
}

/** Marks a challenge as answered that carries its own state and so was never stored; false for the second answer. */
export async function burnChallenge(
  db: Db,
  poolId: string,
  hash: string,
  bound: Binding,
  expiresAt: number,
  now: number,
): Promise<boolean> {
  const row = await db.get(sql`
    insert into challenges (pool_id, hash, client_id, sub, family, challenge, state, expires_at, used_at, forget_at)
    values (${poolId}, ${hash}, ${bound.clientId}, ${bound.sub}, ${bound.family}, ${bound.challenge}, '',
      ${expiresAt}, ${now}, ${expiresAt + remembered})
    on conflict (pool_id, hash) do nothing returning hash`)
  return row !== undefined
}

type LockRow = { failures: number; tried_at: number; locked_until: number; pending: number; pending_until: number }

export async function readLock(db: Db, poolId: string, name: string): Promise<Lock | undefined> {
  const row = await db.get<LockRow>(sql`
    select failures, tried_at, locked_until, pending, pending_until from lockouts
    where pool_id = ${poolId} and name = ${name}`)
  return (
    row && {
      failures: row.failures,
      triedAt: row.tried_at,
      lockedUntil: row.locked_until,
      pending: row.pending,
      pendingUntil: row.pending_until,
    }
  )
}

/** Replaces what is known of a name if it is still `before`; undefined stands for nothing known. Whether it was. */
export async function swapLock(
  db: Db,
  poolId: string,
  name: string,
  before: Lock | undefined,
  after: Lock | undefined,
): Promise<boolean> {
  if (!before && !after) return true
  if (!before && after) {
    const row = await db.get(sql`
      insert into lockouts (pool_id, name, failures, tried_at, locked_until, pending, pending_until, forget_at)
      values (${poolId}, ${name}, ${after.failures}, ${after.triedAt}, ${after.lockedUntil}, ${after.pending},
        ${after.pendingUntil}, ${forgetAt(after)})
      on conflict (pool_id, name) do nothing returning name`)
    return row !== undefined
  }
  const unchanged = sql`pool_id = ${poolId} and name = ${name} and failures = ${before?.failures}
    and tried_at = ${before?.triedAt} and locked_until = ${before?.lockedUntil} and pending = ${before?.pending}
    and pending_until = ${before?.pendingUntil}`
  const changed = after
    ? await db.run(sql`
        update lockouts set failures = ${after.failures}, tried_at = ${after.triedAt},
          locked_until = ${after.lockedUntil}, pending = ${after.pending}, pending_until = ${after.pendingUntil},
          forget_at = ${forgetAt(after)}
        where ${unchanged}`)
    : await db.run(sql`delete from lockouts where ${unchanged}`)
  return changed > 0
}
