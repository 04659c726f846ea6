/** Tables passkeys and passkey_registrations: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'

/** What the sweeper may delete. */
export const expiring = [{ table: 'passkey_registrations', column: 'expires_at' }] as const

export type Passkey = {
  /** The authenticator's, in base64url. */
  readonly id: string
  readonly sub: string
  /** COSE, in base64url. */
  readonly publicKey: string
  /** How often the authenticator says it was used; many say 0 for ever. */
  readonly counter: number
  readonly rpId: string
  readonly name: string
  readonly transports: readonly string[]
  readonly attachment: string | undefined
  /** Epoch milliseconds. */
  readonly createdAt: number
}

type Row = {
  id: string
  sub: string
  public_key: string
  counter: number
  rp_id: string
  name: string
  transports: string
  attachment: string | null
  created_at: number
}

const toPasskey = (row: Row): Passkey => ({
  id: row.id,
  sub: row.sub,
  publicKey: row.public_key,
  counter: row.counter,
  rpId: row.rp_id,
  name: row.name,
  transports: JSON.parse(row.transports) as string[],
  attachment: row.attachment ?? undefined,
  createdAt: row.created_at,
})

/** A user's passkeys in the order of their registration, after one of them. */
export async function listPasskeys(
  db: Db,
  poolId: string,
  sub: string,
  limit: number,
  after: { readonly createdAt: number; readonly id: string } = { createdAt: 0, id: '' },
): Promise<Passkey[]> {
  const rows = await db.all<Row>(sql`
    select * from passkeys where pool_id = ${poolId} and sub = ${sub}
      and (created_at, id) > (${after.createdAt}, ${after.id})
    order by created_at, id limit ${limit}`)
  return rows.map(toPasskey)
}

/** That passkey, if it is this user's. */
export async function readPasskey(db: Db, poolId: string, sub: string, id: string): Promise<Passkey | undefined> {
  const row = await db.get<Row>(sql`select * from passkeys where pool_id = ${poolId} and id = ${id} and sub = ${sub}`)
  return row && toPasskey(row)
}

/** Adds it; false if that id is somebody's already. */
export const insertPasskey = async (db: Db, poolId: string, passkey: Passkey): Promise<boolean> =>
  (await db.get(sql`
    insert into passkeys (pool_id, id, sub, public_key, counter, rp_id, name, transports, attachment, created_at)
    values (${poolId}, ${passkey.id}, ${passkey.sub}, ${passkey.publicKey}, ${passkey.counter}, ${passkey.rpId},
      ${passkey.name}, ${JSON.stringify(passkey.transports)}, ${passkey.attachment}, ${passkey.createdAt})
    on conflict (pool_id, id) do nothing returning id`)) !== undefined

/** Moves the counter on; false if another answer has moved it as far, or the passkey is gone. Those at 0 stay there. */
export const advanceCounter = async (
  db: Db,
  poolId: string,
  sub: string,
  id: string,
  counter: number,
): Promise<boolean> =>
  (await db.get(sql`
    update passkeys set counter = ${counter}
    where pool_id = ${poolId} and id = ${id} and sub = ${sub} and (counter < ${counter} or (counter = 0 and 0 = ${counter}))
    returning id`)) !== undefined

/** Deletes it if it is this user's; whether it was. */
export const deletePasskey = async (db: Db, poolId: string, sub: string, id: string): Promise<boolean> =>
  (await db.get(sql`delete from passkeys where pool_id = ${poolId} and id = ${id} and sub = ${sub} returning id`)) !==
  undefined

export type Registration = {
  /** In base64url. */
  readonly challenge: string
  readonly clientId: string
  readonly rpId: string
  readonly expiresAt: number
}

/** Keeps the challenge of a registration; one that was under way is over. */
export async function writeRegistration(db: Db, poolId: string, sub: string, begun: Registration): Promise<void> {
  await db.run(sql`
    insert into passkey_registrations (pool_id, sub, challenge, client_id, rp_id, expires_at)
    values (${poolId}, ${sub}, ${begun.challenge}, ${begun.clientId}, ${begun.rpId}, ${begun.expiresAt})
    on conflict (pool_id, sub) do update set challenge = excluded.challenge, client_id = excluded.client_id,
      rp_id = excluded.rp_id, expires_at = excluded.expires_at`)
}

/** Takes the registration whose challenge this is: once, by its user, in its time. */
export const takeRegistration = (
  db: Db,
  poolId: string,
  sub: string,
  challenge: string,
  now: number,
): Promise<{ clientId: string; rpId: string } | undefined> =>
  db.get(sql`
    delete from passkey_registrations
    where pool_id = ${poolId} and sub = ${sub} and challenge = ${challenge} and expires_at > ${now}
    returning client_id as "clientId", rp_id as "rpId"`)
