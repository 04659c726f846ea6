/** The tables of devices that want to be told, and of which datasets. */
import { type Db, sql } from '../../store/db.ts'

export type DeviceKey = { readonly poolId: string; readonly identityId: string; readonly id: string }
/** `target` is sealed: where the platform reaches the device. */
export type Device = DeviceKey & { readonly platform: string; readonly target: string }

export async function insertDevice(db: Db, device: Device, now: number): Promise<void> {
  await db.run(sql`
    insert into sync_devices (pool_id, identity_id, id, platform, target, created_at)
    values (${device.poolId}, ${device.identityId}, ${device.id}, ${device.platform}, ${device.target}, ${now})`)
}

export async function countDevices(db: Db, poolId: string, identityId: string): Promise<number> {
  const row = await db.get<{ devices: number }>(sql`
    select count(*) as devices from sync_devices where pool_id = ${poolId} and identity_id = ${identityId}`)
  return Number(row?.devices)
}

/** False if there is no such device. */
export async function subscribe(db: Db, { poolId, identityId, id }: DeviceKey, dataset: string): Promise<boolean> {
  const device = await db.get(sql`
    select id from sync_devices where pool_id = ${poolId} and identity_id = ${identityId} and id = ${id}`)
  if (!device) return false
  await db.run(sql`
    insert into sync_subscriptions (pool_id, identity_id, dataset, device_id)
    values (${poolId}, ${identityId}, ${dataset}, ${id}) on conflict do nothing`)
  return true
}

export const unsubscribe = async (db: Db, { poolId, identityId, id }: DeviceKey, dataset: string): Promise<boolean> =>
  (await db.run(sql`
    delete from sync_subscriptions
    where pool_id = ${poolId} and identity_id = ${identityId} and dataset = ${dataset} and device_id = ${id}`)) === 1

export async function readSubscribers(db: Db, poolId: string, identityId: string, dataset: string): Promise<Device[]> {
  const rows = await db.all<{ id: string; platform: string; target: string }>(sql`
    select id, platform, target from sync_devices where pool_id = ${poolId} and identity_id = ${identityId}
      and id in (select device_id from sync_subscriptions
        where pool_id = ${poolId} and identity_id = ${identityId} and dataset = ${dataset})
    order by id`)
  return rows.map((row) => ({ poolId, identityId, ...row }))
}
