/** The SQL of users' access keys: table access_keys. The secrets are sealed, for signatures must be computed from them. */
import type { Seal } from '../../protocols/seal.ts'
import { type Db, sql } from '../../store/db.ts'
import type { AccessKey } from './access-key.ts'

type Row = {
  id: string
  user_id: string
  active: number
  created_at: number
  last_used_at: number | null
  last_used_service: string | null
  last_used_region: string | null
}

const columns = sql`id, user_id, active, created_at, last_used_at, last_used_service, last_used_region`

const toKey = (row: Row): AccessKey => ({
  id: row.id,
  userId: row.user_id,
  active: row.active === 1,
  createdAt: row.created_at,
  lastUsed:
    row.last_used_at === null
      ? undefined
      : { at: row.last_used_at, service: row.last_used_service ?? '', region: row.last_used_region ?? '' },
})

const purpose = 'access-key'

export const insertKey = (
  db: Db,
  seal: Seal,
  account: string,
  { id, userId, createdAt }: Pick<AccessKey, 'id' | 'userId' | 'createdAt'>,
  secret: string,
): Promise<number> =>
  db.run(
    sql`insert into access_keys (account, id, user_id, secret, active, created_at)
      values (${account}, ${id}, ${userId}, ${seal.seal(purpose, secret, id)}, ${true}, ${createdAt})`,
  )

/** The key and its secret. */
export async function readKey(
  db: Db,
  seal: Seal,
  account: string,
  id: string,
): Promise<(AccessKey & { secret: string }) | undefined> {
  const row = await db.get<Row & { secret: string }>(
    sql`select ${columns}, secret from access_keys where account = ${account} and id = ${id}`,
  )
  const secret = row && seal.open(purpose, row.secret, id)?.toString()
  return secret === undefined ? undefined : { ...toKey(row as Row), secret }
}

/** The keys of a user, two at most, by age. */
export const readKeys = async (db: Db, account: string, userId: string): Promise<AccessKey[]> =>
  (
    await db.all<Row>(
      sql`select ${columns} from access_keys where account = ${account} and user_id = ${userId} order by created_at, id`,
    )
  ).map(toKey)

/** Whether the user has such a key. */
export const updateKey = async (
  db: Db,
  account: string,
  userId: string,
  id: string,
  active: boolean,
): Promise<boolean> =>
  (await db.run(
    sql`update access_keys set active = ${active} where account = ${account} and id = ${id} and user_id = ${userId}`,
  )) > 0

/** Whether the user had such a key. */
export const removeKey = async (db: Db, account: string, userId: string, id: string): Promise<boolean> =>
  (await db.run(sql`delete from access_keys where account = ${account} and id = ${id} and user_id = ${userId}`)) > 0

export const updateLastUsed = (
  db: Db,
  account: string,
  id: string,
  { at, service, region }: NonNullable<AccessKey['lastUsed']>,
): Promise<number> =>
  db.run(
    sql`update access_keys set last_used_at = ${at}, last_used_service = ${service}, last_used_region = ${region}
      where account = ${account} and id = ${id}`,
  )
