/** The SQL of virtual MFA devices: table mfa_devices. The seeds are sealed. */
import type { Seal } from '../../protocols/seal.ts'
import { type Db, sql } from '../../store/db.ts'
import type { Tag } from '../tags.ts'
import type { MfaDevice } from './device.ts'

type Row = {
  name: string
  path: string
  seed: string
  user_id: string | null
  enabled_at: number | null
  last_step: number
  drift: number
  failures: number
  failed_at: number
  tags: string
  created_at: number
}

const columns = sql`name, path, seed, user_id, enabled_at, last_step, drift, failures, failed_at, tags, created_at`
const purpose = 'iam-mfa-device'

const toDevice = (seal: Seal, row: Row): MfaDevice => ({
  name: row.name,
  path: row.path,
  seed: seal.open(purpose, row.seed, row.name) ?? Buffer.alloc(0),
  userId: row.user_id ?? undefined,
  enabledAt: row.enabled_at ?? undefined,
  lastStep: row.last_step,
  drift: row.drift,
  failures: row.failures,
  failedAt: row.failed_at,
  tags: JSON.parse(row.tags) as Tag[],
  createdAt: row.created_at,
})

export async function readDevice(db: Db, seal: Seal, account: string, name: string): Promise<MfaDevice | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from mfa_devices where account = ${account} and name = ${name}`)
  return row && toDevice(seal, row)
}

/** False if there is one of that name. */
export const insertDevice = async (db: Db, seal: Seal, account: string, made: MfaDevice): Promise<boolean> =>
  (await db.get(
    sql`insert into mfa_devices (account, ${columns}) values (${account}, ${made.name}, ${made.path},
      ${seal.seal(purpose, made.seed, made.name)}, ${made.userId}, ${made.enabledAt}, ${made.lastStep}, ${made.drift},
      ${made.failures}, ${made.failedAt}, ${JSON.stringify(made.tags)}, ${made.createdAt})
      on conflict do nothing returning name`,
  )) !== undefined

/** What lists show of a user's devices, eight at most. */
export type Listed = Pick<MfaDevice, 'name' | 'path' | 'userId' | 'enabledAt'>

const listed = sql`name, path, user_id as "userId", enabled_at as "enabledAt"`

export const readDevicesOf = (db: Db, account: string, userId: string): Promise<Listed[]> =>
  db.all(sql`select ${listed} from mfa_devices where account = ${account} and user_id = ${userId} order by name`)

export const readDevices = (
  db: Db,
  account: string,
  { status, after, limit }: { status: 'Assigned' | 'Unassigned' | 'Any'; after: string | undefined; limit: number },
): Promise<Listed[]> => {
  const only = { Assigned: sql`and user_id is not null`, Unassigned: sql`and user_id is null`, Any: sql`` }[status]
  return db.all(
    sql`select ${listed} from mfa_devices where account = ${account} and name > ${after ?? ''} ${only}
      order by name limit ${limit}`,
  )
}

/** Binds the device to a user; false if it is somebody's by now. */
export const assignDevice = async (
  db: Db,
  account: string,
  name: string,
  { userId, enabledAt, lastStep, drift }: { userId: string; enabledAt: number; lastStep: number; drift: number },
): Promise<boolean> =>
  (await db.run(
    sql`update mfa_devices set user_id = ${userId}, enabled_at = ${enabledAt}, last_step = ${lastStep}, drift = ${drift},
      failures = 0 where account = ${account} and name = ${name} and user_id is null`,
  )) > 0

/** Takes the device from the user; false if it was not the user's. */
export const releaseDevice = async (db: Db, account: string, userId: string, name: string): Promise<boolean> =>
  (await db.run(
    sql`update mfa_devices set user_id = null, enabled_at = null
      where account = ${account} and name = ${name} and user_id = ${userId}`,
  )) > 0

/** Uses up a code: false if its step, or a later one, has been used. */
export const consumeStep = async (
  db: Db,
  account: string,
  name: string,
  step: number,
  drift: number,
): Promise<boolean> =>
  (await db.run(
    sql`update mfa_devices set last_step = ${step}, drift = ${drift}, failures = 0
      where account = ${account} and name = ${name} and last_step < ${step}`,
  )) > 0

/** After so many wrong codes in a row, how long the device rests: `rest` milliseconds more for each, up to `longest`. */
export type Patience = { readonly free: number; readonly rest: number; readonly longest: number }

/**
 * Counts a try as a wrong one before it is looked at, so that many at once are no more than one after the other; a right
 * one takes it back. False while the device rests.
 */
export const countTry = async (
  db: Db,
  account: string,
  name: string,
  now: number,
  { free, rest, longest }: Patience,
): Promise<boolean> =>
  (await db.run(
    sql`update mfa_devices set failures = failures + 1, failed_at = ${now} where account = ${account} and name = ${name}
      and (failures < ${free} or failed_at + case when failures - ${free - 1} > ${longest / rest} then ${longest}
        else (failures - ${free - 1}) * ${rest} end <= ${now})`,
  )) > 0

export const updateTags = (db: Db, account: string, name: string, tags: readonly Tag[]): Promise<number> =>
  db.run(sql`update mfa_devices set tags = ${JSON.stringify(tags)} where account = ${account} and name = ${name}`)

/** False if it is somebody's, or gone. */
export const removeDevice = async (db: Db, account: string, name: string): Promise<boolean> =>
  (await db.run(sql`delete from mfa_devices where account = ${account} and name = ${name} and user_id is null`)) > 0
