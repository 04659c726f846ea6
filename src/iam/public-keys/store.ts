/** The SQL of the public keys and certificates of IAM's users: table user_public_keys. */
import { type Db, sql } from '../../store/db.ts'
import type { PublicKey } from './public-key.ts'

type Row = Omit<PublicKey, 'active'> & { readonly active: number }
type Kind = PublicKey['kind']

const columns = sql`id, kind, user_id as "userId", fingerprint, body, active, uploaded_at as "uploadedAt"`

const toKey = (row: Row): PublicKey => ({ ...row, active: row.active === 1 })

export const insertKey = (db: Db, account: string, key: PublicKey): Promise<number> =>
  db.run(
    sql`insert into user_public_keys (account, id, kind, user_id, fingerprint, body, active, uploaded_at)
      values (${account}, ${key.id}, ${key.kind}, ${key.userId}, ${key.fingerprint}, ${key.body}, ${key.active}, ${key.uploadedAt})`,
  )

/** The keys of that kind that a user has, a handful at most, by id. */
export const readKeys = async (db: Db, account: string, userId: string, kind: Kind): Promise<PublicKey[]> =>
  (
    await db.all<Row>(
      sql`select ${columns} from user_public_keys
        where account = ${account} and user_id = ${userId} and kind = ${kind} order by id`,
    )
  ).map(toKey)

/** Whose the same key is. */
export const readOwners = async (db: Db, account: string, kind: Kind, fingerprint: string): Promise<string[]> =>
  (
    await db.all<{ userId: string }>(
      sql`select user_id as "userId" from user_public_keys
        where account = ${account} and kind = ${kind} and fingerprint = ${fingerprint}`,
    )
  ).map(({ userId }) => userId)

/** The key that a change or a removal is about. */
export type Which = Pick<PublicKey, 'kind' | 'userId' | 'id'>

const one = (account: string, { kind, userId, id }: Which) =>
  sql`account = ${account} and id = ${id} and user_id = ${userId} and kind = ${kind}`

/** Whether the user has such a key. */
export const updateKey = async (db: Db, account: string, which: Which, active: boolean): Promise<boolean> =>
  (await db.run(sql`update user_public_keys set active = ${active} where ${one(account, which)}`)) > 0

/** Whether the user had such a key. */
export const removeKey = async (db: Db, account: string, which: Which): Promise<boolean> =>
  (await db.run(sql`delete from user_public_keys where ${one(account, which)}`)) > 0
