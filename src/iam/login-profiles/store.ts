/** The SQL of IAM users' passwords: table login_profiles. Only Argon2id hashes are kept. */
import { type Db, sql } from '../../store/db.ts'
import type { LoginProfile } from './profile.ts'

type Row = {
  user_id: string
  hash: string
  former: string
  reset_required: number
  created_at: number
  changed_at: number
}

const columns = sql`user_id, hash, former, reset_required, created_at, changed_at`

export async function readProfile(db: Db, account: string, userId: string): Promise<LoginProfile | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from login_profiles where account = ${account} and user_id = ${userId}`,
  )
  return (
    row && {
      userId: row.user_id,
      hash: row.hash,
      former: JSON.parse(row.former) as string[],
      resetRequired: row.reset_required === 1,
      createdAt: row.created_at,
      changedAt: row.changed_at,
    }
  )
}

const values = (account: string, one: LoginProfile) =>
  sql`${account}, ${one.userId}, ${one.hash}, ${JSON.stringify(one.former)}, ${one.resetRequired}, ${one.createdAt}, ${one.changedAt}`

/** False if the user has one. */
export const insertProfile = async (db: Db, account: string, made: LoginProfile): Promise<boolean> =>
  (await db.get(
    sql`insert into login_profiles (account, ${columns}) values (${values(account, made)}) on conflict do nothing returning user_id`,
  )) !== undefined

/** Writes all of it that can change, unless the password was changed meanwhile. */
export const updateProfile = async (
  db: Db,
  account: string,
  changed: LoginProfile,
  formerHash: string,
): Promise<boolean> =>
  (await db.run(
    sql`update login_profiles set hash = ${changed.hash}, former = ${JSON.stringify(changed.former)},
      reset_required = ${changed.resetRequired}, changed_at = ${changed.changedAt}
      where account = ${account} and user_id = ${changed.userId} and hash = ${formerHash}`,
  )) > 0

export const removeProfile = async (db: Db, account: string, userId: string): Promise<boolean> =>
  (await db.run(sql`delete from login_profiles where account = ${account} and user_id = ${userId}`)) > 0
