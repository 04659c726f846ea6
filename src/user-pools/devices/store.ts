/** The table of devices. Verifiers are sealed, each bound to its device. */
import type { Seal } from '../../protocols/seal.ts'
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Device } from './device.ts'

type Row = {
  pool_id: string
  sub: string
  device_key: string
  group_key: string
  name: string | null
  salt: string | null
  sealed_verifier: string | null
  remembered: number
  address: string | null
  created_at: number
  modified_at: number
  authenticated_at: number
}

type Place = { readonly poolId: string; readonly sub: string; readonly key: string }

const purpose = 'device-verifier'
const boundTo = ({ poolId, sub, key }: Place) => `${poolId}/${sub}/${key}`

function openVerifier(seal: Seal, row: Row, place: Place): Device['verifier'] {
  if (row.salt === null || row.sealed_verifier === null) return undefined
  const opened = seal.open(purpose, row.sealed_verifier, boundTo(place))
  return opened && { saltHex: row.salt, verifierHex: opened.toString() }
}

function deviceFrom(seal: Seal, row: Row): Device {
  const place = { poolId: row.pool_id, sub: row.sub, key: row.device_key }
  return {
    ...place,
    groupKey: row.group_key,
    name: row.name ?? undefined,
    remembered: row.remembered === 1,
    verifier: openVerifier(seal, row, place),
    address: row.address ?? undefined,
    createdAt: row.created_at,
    modifiedAt: row.modified_at,
    authenticatedAt: row.authenticated_at,
  }
}

const at = ({ poolId, sub, key }: Place) => sql`pool_id = ${poolId} and sub = ${sub} and device_key = ${key}`

export async function readDevice(db: Db, seal: Seal, place: Place): Promise<Device | undefined> {
  const row = await db.get<Row>(sql`select * from devices where ${at(place)}`)
  return row && deviceFrom(seal, row)
}

/** The user's devices in the order of their keys, after that key. */
export async function readDevices(db: Db, seal: Seal, poolId: string, sub: string, after: string, limit: number) {
  const rows = await db.all<Row>(sql`
    select * from devices where pool_id = ${poolId} and sub = ${sub} and device_key > ${after}
    order by device_key limit ${limit}`)
  return rows.map((row) => deviceFrom(seal, row))
}

/** False if the user has such a device already. */
export async function insertDevice(db: Db, seal: Seal, device: Device): Promise<boolean> {
  const { poolId, sub, key, groupKey, name, verifier, remembered, address } = device
  const made = await db.run(sql`
    insert into devices (pool_id, sub, device_key, group_key, name, salt, sealed_verifier, remembered, address,
      created_at, modified_at, authenticated_at)
    values (${poolId}, ${sub}, ${key}, ${groupKey}, ${name}, ${verifier?.saltHex},
      ${verifier && seal.seal(purpose, verifier.verifierHex, boundTo(device))}, ${remembered}, ${address},
      ${device.createdAt}, ${device.modifiedAt}, ${device.authenticatedAt})
    on conflict do nothing`)
  return made === 1
}

/** False if there is no such device. */
export async function writeRemembered(db: Db, place: Place, remembered: boolean, now: number): Promise<boolean> {
  const changed = await db.run(sql`
    update devices set remembered = ${remembered}, modified_at = ${now} where ${at(place)}`)
  return changed === 1
}

/** Notes a sign-in with the device. */
export async function touchDevice(db: Db, place: Place, address: string | undefined, now: number): Promise<void> {
  await db.run(sql`
    update devices set authenticated_at = ${now}, address = coalesce(${address}, address) where ${at(place)}`)
}

export const deleteDevice = async (db: Db, place: Place): Promise<boolean> =>
  (await db.run(sql`delete from devices where ${at(place)}`)) === 1
