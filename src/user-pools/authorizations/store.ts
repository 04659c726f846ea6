/** Tables authorization_codes and browser_sessions: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Authentication } from '../tokens/levels.ts'
import type { Activity } from '../tokens/session.ts'
import type { User } from '../users/user.ts'

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
  /** What it is listed by; those that began before there were ids have none. */
  readonly id?: string | undefined
  readonly sub: string
  /** The name of the domain whose cookie it is. */
  readonly domain: string
  readonly authTime: number
  readonly startedAt: number
  /** How often its user had been signed out everywhere when it began. */
  readonly signOuts: number
  readonly expiresAt: number
  /** Who vouched for the user: the name of a provider, or the pool itself. */
  readonly provider: string
  readonly authentication?: Authentication | undefined
}

/** What a list of a user's sessions shows of it. */
type Shown = { readonly clientId?: string | undefined; readonly activity?: Activity | undefined }

export async function insertBrowserSession(
  db: Db,
  poolId: string,
  hash: string,
  one: BrowserSession & Shown,
): Promise<void> {
  const { activity } = one
  await db.run(sql`
    insert into browser_sessions
      (pool_id, hash, sub, domain, auth_time, started_at, sign_outs, expires_at, id, client_id, active_at, address,
        device_type, provider, authentication)
    values (${poolId}, ${hash}, ${one.sub}, ${one.domain}, ${one.authTime}, ${one.startedAt}, ${one.signOuts},
      ${one.expiresAt}, ${one.id}, ${one.clientId}, ${activity?.at}, ${activity?.address}, ${activity?.deviceType},
      ${one.provider}, ${one.authentication && JSON.stringify(one.authentication)})`)
}

type BrowserRow = {
  id: string | null
  sub: string
  domain: string
  auth_time: number
  started_at: number
  sign_outs: number
  expires_at: number
  provider: string
  authentication: string | null
}

export async function readBrowserSession(db: Db, poolId: string, hash: string): Promise<BrowserSession | undefined> {
  const row = await db.get<BrowserRow>(sql`
    select id, sub, domain, auth_time, started_at, sign_outs, expires_at, provider, authentication from browser_sessions
    where pool_id = ${poolId} and hash = ${hash}`)
  return (
    row && {
      id: row.id ?? undefined,
      sub: row.sub,
      domain: row.domain,
      authTime: row.auth_time,
      startedAt: row.started_at,
      signOuts: row.sign_outs,
      expiresAt: row.expires_at,
      provider: row.provider,
      authentication: row.authentication === null ? undefined : (JSON.parse(row.authentication) as Authentication),
    }
  )
}

export async function deleteBrowserSession(
  db: Db,
  poolId: string,
  hash: string,
): Promise<{ sub: string; id: string | undefined } | undefined> {
  const row = await db.get<{ sub: string; id: string | null }>(
    sql`delete from browser_sessions where pool_id = ${poolId} and hash = ${hash} returning sub, id`,
  )
  return row && { sub: row.sub, id: row.id ?? undefined }
}

export type ListedBrowser = {
  readonly id: string
  readonly clientId: string | undefined
  readonly createdAt: number
  readonly activeAt: number
  readonly address: string | undefined
  readonly deviceType: string
}

type Of = Pick<User, 'sub' | 'signOuts'>

/** The user's that live: neither over nor ended by a sign-out everywhere. */
const lives = (poolId: string, { sub, signOuts }: Of, now: number) =>
  sql`pool_id = ${poolId} and sub = ${sub} and id is not null and expires_at > ${now} and sign_outs = ${signOuts}`

/** The newest first. */
export async function readBrowserSessions(db: Db, poolId: string, of: Of, now: number): Promise<ListedBrowser[]> {
  const rows = await db.all<{
    id: string
    client_id: string | null
    started_at: number
    active_at: number | null
    address: string | null
    device_type: string | null
  }>(sql`
    select id, client_id, started_at, active_at, address, device_type from browser_sessions
    where ${lives(poolId, of, now)} order by started_at desc, id`)
  return rows.map((row) => ({
    id: row.id,
    clientId: row.client_id ?? undefined,
    createdAt: row.started_at,
    activeAt: row.active_at ?? row.started_at,
    address: row.address ?? undefined,
    deviceType: row.device_type ?? 'unknown',
  }))
}

export const deleteBrowserById = async (db: Db, poolId: string, of: Of, id: string, now: number): Promise<boolean> =>
  (await db.run(sql`delete from browser_sessions where ${lives(poolId, of, now)} and id = ${id}`)) === 1
