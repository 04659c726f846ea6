/** Tables signing_keys, sessions and refresh_tokens: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { type Sql, sql } from '../../store/db.ts'
import { clientIsThere } from '../clients/find.ts'
import { staysSignedIn } from '../users/sign-out.ts'
import type { User } from '../users/user.ts'
import type { RefreshKeys } from './refresh-token.ts'
import type { Activity, Session, TrackedSession } from './session.ts'

/** An access token lives that long at most: one of the last refresh outlives the refresh token. */
const longestAccess = 86_400_000

/** What the sweeper may delete: a session takes its refresh tokens along. */
export const expiring = [{ table: 'sessions', column: 'expires_at', kept: longestAccess }] as const

/** What a key signs. */
export type Purpose = 'id' | 'access'

export type StoredKey = {
  readonly purpose: Purpose
  readonly kid: string
  readonly publicJwk: string
  readonly sealedPrivate: string
}

/** Newest generation first. */
export async function readKeys(db: Db, poolId: string): Promise<StoredKey[]> {
  const rows = await db.all<{ purpose: Purpose; kid: string; public_jwk: string; sealed_private: string }>(sql`
    select purpose, kid, public_jwk, sealed_private from signing_keys
    where pool_id = ${poolId} order by generation desc, purpose`)
  return rows.map((row) => ({
    purpose: row.purpose,
    kid: row.kid,
    publicJwk: row.public_jwk,
    sealedPrivate: row.sealed_private,
  }))
}

/** The first key of its purpose; nothing if another node was faster. */
export async function insertKey(db: Db, poolId: string, key: StoredKey, now: number): Promise<void> {
  await db.run(sql`
    insert into signing_keys (pool_id, purpose, generation, kid, public_jwk, sealed_private, created_at)
    values (${poolId}, ${key.purpose}, 1, ${key.kid}, ${key.publicJwk}, ${key.sealedPrivate}, ${now})
    on conflict (pool_id, purpose, generation) do nothing`)
}

type SessionRow = {
  id: string
  sub: string
  client_id: string
  origin_jti: string
  auth_time: number
  started_at: number
  sign_outs: number
  expires_at: number
  revoked_at: number | null
  tracked_id: string | null
  device_key: string | null
  scope: string | null
  resource: string | null
  browser_id: string | null
  dpop_jkt: string | null
  acr: string | null
  amr: string | null
}

const toSession = (row: SessionRow): Session => ({
  id: row.id,
  sub: row.sub,
  clientId: row.client_id,
  originJti: row.origin_jti,
  authTime: row.auth_time,
  startedAt: row.started_at,
  signOuts: row.sign_outs,
  expiresAt: row.expires_at,
  revokedAt: row.revoked_at ?? undefined,
  trackedId: row.tracked_id ?? undefined,
  deviceKey: row.device_key ?? undefined,
  scope: row.scope ?? undefined,
  resource: row.resource ?? undefined,
  browserId: row.browser_id ?? undefined,
  dpopJkt: row.dpop_jkt ?? undefined,
  acr: row.acr ?? undefined,
  amr: row.amr?.split(' '),
})

/** The session, while the client that it began with is there. */
export async function readSession(db: Db, poolId: string, id: string): Promise<Session | undefined> {
  const row = await db.get<SessionRow>(sql`
    select * from sessions
    where pool_id = ${poolId} and id = ${id} and ${clientIsThere(poolId, sql`sessions.client_id`)}`)
  return row && toSession(row)
}

/** For a session that is tracked: what it shows, and how many of the user's may live beside and with it. */
export type Tracking = { readonly activity: Activity; readonly most: number }

/**
 * A session and its first refresh token, by the token's keyed hash. False, and nothing is kept, if its user is gone, may
 * not sign in or was signed out meanwhile. Where sessions are tracked, those least recently used are revoked until there
 * is room for it.
 */
export const insertSession = (
  db: Db,
  poolId: string,
  session: Session,
  refresh: RefreshKeys,
  tracking?: Tracking,
): Promise<boolean> =>
  db.transaction(async (tx) => {
    const activity = tracking?.activity
    const inserted = await tx.run(sql`
      insert into sessions (pool_id, id, sub, client_id, origin_jti, auth_time, started_at, sign_outs, expires_at,
        tracked_id, active_at, address, device_type, device_key, browser_id, dpop_jkt, scope, resource,
        acr, amr)
      select ${poolId}, ${session.id}, ${session.sub}, ${session.clientId}, ${session.originJti},
        ${bigint(session.authTime)}, ${bigint(session.startedAt)}, ${bigint(session.signOuts)},
        ${bigint(session.expiresAt)},
        ${session.trackedId}, ${bigint(activity?.at)}, ${activity?.address}, ${activity?.deviceType}, ${session.deviceKey},
        ${session.browserId}, ${session.dpopJkt},
        ${session.scope}, ${session.resource}, ${session.acr}, ${session.amr?.join(' ')}
      where ${staysSignedIn(poolId, session.sub, session.signOuts)}`)
    if (inserted === 0) return false
    if (tracking) await evict(tx, poolId, session, tracking)
    await tx.run(sql`
      insert into refresh_tokens (pool_id, hash, family, session_id, made_at)
      values (${poolId}, ${refresh.hash}, ${refresh.family}, ${session.id}, ${session.startedAt})`)
    return true
  })

/** In the list of a `select`, PostgreSQL takes a number for what it looks like. */
const bigint = (value: number | undefined): Sql => sql`cast(${value} as bigint)`

/** More than anyone may have. */
const everyone = 1_000_000

async function evict(db: Db, poolId: string, session: Session, { activity, most }: Tracking): Promise<void> {
  const { sub } = session
  await db.run(sql`
    update sessions set revoked_at = ${activity.at}
    where pool_id = ${poolId} and sub = ${sub} and revoked_at is null and id in (
      select id from sessions where ${lives(poolId, session, activity.at)} and id <> ${session.id}
      order by active_at desc, id limit ${everyone} offset ${most - 1})`)
}

/** The user's tracked sessions that are neither revoked nor expired, nor ended by a sign-out everywhere. */
const lives = (poolId: string, { sub, signOuts }: Of, now: number) =>
  sql`pool_id = ${poolId} and sub = ${sub} and tracked_id is not null and revoked_at is null
    and expires_at > ${now} and sign_outs = ${signOuts} and ${clientIsThere(poolId, sql`sessions.client_id`)}`

type Of = Pick<User, 'sub' | 'signOuts'>

type TrackedRow = SessionRow & { active_at: number; address: string | null; device_type: string | null }

/** The user's tracked sessions that live, the newest first. */
export async function readTracked(db: Db, poolId: string, of: Of, now: number): Promise<TrackedSession[]> {
  const rows = await db.all<TrackedRow>(sql`
    select * from sessions where ${lives(poolId, of, now)} order by started_at desc, id`)
  return rows.map((row) => ({
    id: row.id,
    trackedId: row.tracked_id ?? '',
    clientId: row.client_id,
    browserId: row.browser_id ?? undefined,
    createdAt: row.started_at,
    activeAt: row.active_at,
    address: row.address ?? undefined,
    deviceType: row.device_type ?? 'unknown',
  }))
}

/** Whether the session still is good: neither revoked itself nor ended with its user or client. */
export const sessionLives = async (db: Db, poolId: string, id: string): Promise<boolean> =>
  (await db.get(sql`
    select 1 from sessions s
    where s.pool_id = ${poolId} and s.id = ${id} and s.revoked_at is null
      and ${staysSignedIn(poolId, sql`s.sub`, sql`s.sign_outs`)} and ${clientIsThere(poolId, sql`s.client_id`)}`)) !==
  undefined

/** Notes that a tracked session was used; nothing where it is not tracked. */
export async function touchSession(db: Db, poolId: string, id: string, activity: Activity): Promise<void> {
  await db.run(sql`
    update sessions set active_at = ${activity.at}, address = ${activity.address}, device_type = ${activity.deviceType}
    where pool_id = ${poolId} and id = ${id} and tracked_id is not null`)
}

/** Revokes the user's session of that id; false if none lives. */
export async function revokeTracked(db: Db, poolId: string, of: Of, trackedId: string, now: number): Promise<boolean> {
  const changed = await db.run(sql`
    update sessions set revoked_at = ${now}
    where ${lives(poolId, of, now)} and tracked_id = ${trackedId}`)
  return changed > 0
}

/**
 * The session a refresh token belongs to, and when a rotation replaced the token, if one did: long ago (0), where only its
 * family is known any more.
 */
export async function readRefresh(
  db: Db,
  poolId: string,
  { hash, family }: RefreshKeys,
): Promise<{ session: Session; usedAt: number | undefined } | undefined> {
  const row = await db.get<SessionRow & { used_at: number | null }>(sql`
    select s.*, r.used_at from refresh_tokens r
    join sessions s on s.pool_id = r.pool_id and s.id = r.session_id
    where r.pool_id = ${poolId} and r.hash = ${hash}`)
  if (row) return { session: toSession(row), usedAt: row.used_at ?? undefined }
  const relative = await db.get<SessionRow>(sql`
    select s.* from refresh_tokens r
    join sessions s on s.pool_id = r.pool_id and s.id = r.session_id
    where r.pool_id = ${poolId} and r.family = ${family} limit 1`)
  return relative && { session: toSession(relative), usedAt: 0 }
}

/** Beyond the grace, for clocks that differ. */
const slack = 60_000
/** Of tokens that could still be used, too: somebody may use up each grace period to the full. */
const mostTokens = 100

/** `hash`: of the token that is replaced. Times in milliseconds. */
export type Rotation = {
  readonly hash: string
  readonly next: RefreshKeys
  readonly now: number
  readonly grace: number
}

/**
 * Replaces a refresh token, or adds one more successor while the grace period of a replaced one lasts. One conditional
 * update takes the token, so that of two takers the second finds it used. Nothing where the session is over.
 */
export const rotateRefresh = (db: Db, poolId: string, rotation: Rotation): Promise<boolean> =>
  db.transaction(async (tx) => {
    const { hash, next, now, grace } = rotation
    // Without a grace no clock is asked: it may be behind that of the taker before, on another node or in the same moment.
    const again = grace > 0 ? sql` or used_at > ${now - grace}` : sql``
    const taken = await tx.get<{ session_id: string }>(sql`
      update refresh_tokens set used_at = coalesce(used_at, ${now})
      where pool_id = ${poolId} and hash = ${hash} and (used_at is null${again})
        and exists (select 1 from sessions s where s.pool_id = refresh_tokens.pool_id
          and s.id = refresh_tokens.session_id and s.revoked_at is null
          and ${staysSignedIn(poolId, sql`s.sub`, sql`s.sign_outs`)})
      returning session_id`)
    if (!taken) return false
    await tx.run(sql`
      insert into refresh_tokens (pool_id, hash, family, session_id, made_at)
      values (${poolId}, ${next.hash}, ${next.family}, ${taken.session_id}, ${now})`)
    // What is deleted is known by its family, as one that was replaced. The clock may be behind that of those before.
    await tx.run(sql`
      delete from refresh_tokens
      where pool_id = ${poolId} and session_id = ${taken.session_id} and family = ${next.family} and hash <> ${next.hash}
        and (used_at <= ${now - grace - slack} or (made_at, hash) < (
          select made_at, hash from refresh_tokens where pool_id = ${poolId} and session_id = ${taken.session_id}
          order by made_at desc, hash desc limit 1 offset ${mostTokens - 1}))`)
    return true
  })

export async function revokeSession(db: Db, poolId: string, id: string, now: number): Promise<void> {
  await db.run(sql`
    update sessions set revoked_at = ${now} where pool_id = ${poolId} and id = ${id} and revoked_at is null`)
}

/** Revokes every session of the user's that came from the browser's. */
export async function revokeOfBrowser(
  db: Db,
  poolId: string,
  sub: string,
  browserId: string,
  now: number,
): Promise<void> {
  await db.run(sql`
    update sessions set revoked_at = ${now}
    where pool_id = ${poolId} and sub = ${sub} and browser_id = ${browserId} and revoked_at is null`)
}

/** The clients that have sessions of the user's which could still be used: all, or those from one browser's. */
export async function readClientsOf(
  db: Db,
  poolId: string,
  sub: string,
  browserId: string | undefined,
  now: number,
): Promise<{ clientId: string; browserId: string | undefined }[]> {
  const only = browserId === undefined ? sql`` : sql` and browser_id = ${browserId}`
  const rows = await db.all<{ client_id: string; browser_id: string | null }>(sql`
    select distinct client_id, browser_id from sessions
    where pool_id = ${poolId} and sub = ${sub} and revoked_at is null and expires_at > ${now}${only}
      and ${staysSignedIn(poolId, sub, sql`sessions.sign_outs`)}`)
  return rows.map((row) => ({ clientId: row.client_id, browserId: row.browser_id ?? undefined }))
}
