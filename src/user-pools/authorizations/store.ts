/** Tables authorization_codes and browser_sessions: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'

/** What the sweeper may delete. */
export const expiring = [
  { table: 'authorization_codes', column: 'expires_at' },
  { table: 'browser_sessions', column: 'expires_at' },
] as const

export type CodeRow = {
  readonly hash: string
  readonly clientId: string
  readonly sub: string
  /** The token session that the code will begin. */
  readonly sessionId: string
  /** JSON. */
  readonly state: string
  readonly expiresAt: number
}

export async function insertCode(db: Db, poolId: string, code: CodeRow): Promise<void> {
  await db.run(sql`
    insert into authorization_codes (pool_id, hash, client_id, sub, session_id, state, expires_at)
    values (${poolId}, ${code.hash}, ${code.clientId}, ${code.sub}, ${code.sessionId}, ${code.state}, ${code.expiresAt})`)
}

/** Takes the code for its client: once, and only in its time. */
export async function takeCode(
  db: Db,
  poolId: string,
  hash: string,
  clientId: string,
  now: number,
): Promise<{ sub: string; sessionId: string; state: string } | undefined> {
  const row = await db.get<{ sub: string; session_id: string; state: string }>(sql`
    update authorization_codes set used_at = ${now}
    where pool_id = ${poolId} and hash = ${hash} and client_id = ${clientId} and used_at is null and expires_at > ${now}
    returning sub, session_id, state`)
  return row && { sub: row.sub, sessionId: row.session_id, state: row.state }
}

/** Notes that the client came with a used code again; the session the code began. */
export async function markReplayed(
  db: Db,
  poolId: string,
  hash: string,
  clientId: string,
  now: number,
): Promise<string | undefined> {
  const row = await db.get<{ session_id: string }>(sql`
    update authorization_codes set replayed_at = ${now}
    where pool_id = ${poolId} and hash = ${hash} and client_id = ${clientId} and used_at is not null
    returning session_id`)
  return row?.session_id
}

export async function wasReplayed(db: Db, poolId: string, hash: string): Promise<boolean> {
  const row = await db.get<{ replayed_at: number | null }>(
    sql`select replayed_at from authorization_codes where pool_id = ${poolId} and hash = ${hash}`,
  )
  return row?.replayed_at != null
}

/** Times in epoch milliseconds. */
export type BrowserSession = {
  readonly sub: string
  /** The name of the domain whose cookie it is. */
  readonly domain: string
  readonly authTime: number
  /** What a sign-out everywhere is compared with. */
  readonly startedAt: number
  readonly expiresAt: number
}

export async function insertBrowserSession(db: Db, poolId: string, hash: string, one: BrowserSession): Promise<void> {
  await db.run(sql`
    insert into browser_sessions (pool_id, hash, sub, domain, auth_time, started_at, expires_at)
    values (${poolId}, ${hash}, ${one.sub}, ${one.domain}, ${one.authTime}, ${one.startedAt}, ${one.expiresAt})`)
}

export async function readBrowserSession(db: Db, poolId: string, hash: string): Promise<BrowserSession | undefined> {
  const row = await db.get<{
    sub: string
    domain: string
    auth_time: number
    started_at: number
    expires_at: number
  }>(sql`
    select sub, domain, auth_time, started_at, expires_at from browser_sessions
    where pool_id = ${poolId} and hash = ${hash}`)
  return (
    row && {
      sub: row.sub,
      domain: row.domain,
      authTime: row.auth_time,
      startedAt: row.started_at,
      expiresAt: row.expires_at,
    }
  )
}

export async function deleteBrowserSession(db: Db, poolId: string, hash: string): Promise<void> {
  await db.run(sql`delete from browser_sessions where pool_id = ${poolId} and hash = ${hash}`)
}
