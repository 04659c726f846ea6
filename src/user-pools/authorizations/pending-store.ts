/** Tables pushed_requests, device_grants and dpop_proofs: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Authentication } from '../tokens/levels.ts'

/** What the sweeper may delete. */
export const expiring = [
  { table: 'pushed_requests', column: 'expires_at' },
  { table: 'device_grants', column: 'expires_at' },
  { table: 'dpop_proofs', column: 'expires_at' },
] as const

type Pushed = { readonly hash: string; readonly clientId: string; readonly query: string; readonly expiresAt: number }

export async function insertPushed(db: Db, poolId: string, one: Pushed): Promise<void> {
  await db.run(sql`
    insert into pushed_requests (pool_id, hash, client_id, query, expires_at)
    values (${poolId}, ${one.hash}, ${one.clientId}, ${one.query}, ${one.expiresAt})`)
}

export async function readPushed(
  db: Db,
  poolId: string,
  hash: string,
  clientId: string,
  now: number,
): Promise<string | undefined> {
  const row = await db.get<{ query: string }>(sql`
    select query from pushed_requests
    where pool_id = ${poolId} and hash = ${hash} and client_id = ${clientId} and expires_at > ${now}`)
  return row?.query
}

/** Whether it was there to be used up: of several takers one finds it. */
export const takePushed = async (db: Db, poolId: string, hash: string, now: number): Promise<boolean> =>
  (await db.run(
    sql`delete from pushed_requests where pool_id = ${poolId} and hash = ${hash} and expires_at > ${now}`,
  )) === 1

/** `waiting`: nobody has decided. `used`: its tokens were fetched; it stays until its time is over. */
export type DeviceState = 'waiting' | 'approved' | 'denied' | 'used'

export type DeviceGrant = {
  readonly clientId: string
  readonly scope: string
  readonly state: DeviceState
  readonly sub: string | undefined
  readonly browserId: string | undefined
  readonly authTime: number | undefined
  /** How often the user had been signed out everywhere when they approved. */
  readonly signOuts: number | undefined
  readonly authentication: Authentication | undefined
  readonly expiresAt: number
}

type DeviceRow = {
  client_id: string
  scope: string
  state: DeviceState
  sub: string | null
  browser_id: string | null
  auth_time: number | null
  sign_outs: number | null
  authentication: string | null
  expires_at: number
}

const grantFrom = (row: DeviceRow): DeviceGrant => ({
  clientId: row.client_id,
  scope: row.scope,
  state: row.state,
  sub: row.sub ?? undefined,
  browserId: row.browser_id ?? undefined,
  authTime: row.auth_time ?? undefined,
  signOuts: row.sign_outs ?? undefined,
  authentication: row.authentication === null ? undefined : (JSON.parse(row.authentication) as Authentication),
  expiresAt: row.expires_at,
})

const columns = sql`client_id, scope, state, sub, browser_id, auth_time, sign_outs, authentication, expires_at`

export type NewDeviceGrant = {
  readonly hash: string
  readonly userCodeHash: string
  readonly clientId: string
  readonly scope: string
  readonly askedAt: number
  readonly pause: number
  readonly expiresAt: number
}

/** False where the user code is somebody else's already. */
export async function insertDevice(db: Db, poolId: string, one: NewDeviceGrant): Promise<boolean> {
  const changed = await db.run(sql`
    insert into device_grants (pool_id, hash, user_code_hash, client_id, scope, state, asked_at, pause, expires_at)
    values (${poolId}, ${one.hash}, ${one.userCodeHash}, ${one.clientId}, ${one.scope}, 'waiting', ${one.askedAt},
      ${one.pause}, ${one.expiresAt})
    on conflict do nothing`)
  return changed === 1
}

/** The grant of a device code, if it is the client's. */
export async function readDevice(
  db: Db,
  poolId: string,
  hash: string,
  clientId: string,
): Promise<DeviceGrant | undefined> {
  const row = await db.get<DeviceRow>(sql`
    select ${columns} from device_grants where pool_id = ${poolId} and hash = ${hash} and client_id = ${clientId}`)
  return row && grantFrom(row)
}

/** The grant that waits under a user code. */
export async function readWaiting(
  db: Db,
  poolId: string,
  userCodeHash: string,
  now: number,
): Promise<DeviceGrant | undefined> {
  const row = await db.get<DeviceRow>(sql`
    select ${columns} from device_grants
    where pool_id = ${poolId} and user_code_hash = ${userCodeHash} and state = 'waiting' and expires_at > ${now}`)
  return row && grantFrom(row)
}

export type Decision = {
  readonly state: 'approved' | 'denied'
  readonly sub: string
  readonly browserId: string | undefined
  readonly authTime: number
  readonly signOuts: number
  readonly authentication?: Authentication | undefined
}

/** Decides once: whoever comes second finds nothing that waits. */
export async function decideDevice(
  db: Db,
  poolId: string,
  userCodeHash: string,
  one: Decision,
  now: number,
): Promise<boolean> {
  const changed = await db.run(sql`
    update device_grants set state = ${one.state}, sub = ${one.sub}, browser_id = ${one.browserId},
      auth_time = ${one.authTime}, sign_outs = ${one.signOuts}, authentication = ${one.authentication ? JSON.stringify(one.authentication) : null}
    where pool_id = ${poolId} and user_code_hash = ${userCodeHash} and state = 'waiting' and expires_at > ${now}`)
  return changed === 1
}

/** Notes that the device asked. True if it had waited long enough; if not, it has to wait longer from now on. */
export const noteAsked = (db: Db, poolId: string, hash: string, now: number, more: number): Promise<boolean> =>
  db.transaction(async (tx) => {
    const inTime = await tx.run(sql`
      update device_grants set asked_at = ${now}
      where pool_id = ${poolId} and hash = ${hash} and asked_at + pause <= ${now}`)
    if (inTime === 1) return true
    await tx.run(sql`
      update device_grants set asked_at = ${now}, pause = pause + ${more} where pool_id = ${poolId} and hash = ${hash}`)
    return false
  })

/** Takes an approved grant: once. */
export async function takeDevice(db: Db, poolId: string, hash: string, now: number): Promise<DeviceGrant | undefined> {
  const row = await db.get<DeviceRow>(sql`
    update device_grants set state = 'used'
    where pool_id = ${poolId} and hash = ${hash} and state = 'approved' and expires_at > ${now}
    returning ${columns}`)
  return row && grantFrom(row)
}

/** Whether the proof is seen for the first time. */
export async function noteProof(db: Db, poolId: string, hash: string, expiresAt: number): Promise<boolean> {
  const changed = await db.run(sql`
    insert into dpop_proofs (pool_id, hash, expires_at) values (${poolId}, ${hash}, ${expiresAt}) on conflict do nothing`)
  return changed === 1
}
