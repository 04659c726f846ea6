/** The SQL of IAM's users: table iam_users. */
import { type Db, join, list, type Sql, sql } from '../../store/db.ts'
import { beyond } from '../below.ts'
import type { Tag } from '../tags.ts'
import type { User } from './user.ts'

type Row = { id: string; name: string; path: string; tags: string; created_at: number }

const columns = sql`id, name, path, tags, created_at`

const toUser = (row: Row): User => ({
  id: row.id,
  name: row.name,
  path: row.path,
  tags: JSON.parse(row.tags) as Tag[],
  createdAt: row.created_at,
})

/** Case does not make two users, but it makes a wrong name. */
export async function readUser(db: Db, account: string, name: string): Promise<User | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from iam_users
      where account = ${account} and folded_name = ${name.toLowerCase()} and name = ${name}`,
  )
  return row && toUser(row)
}

/** The users with these ids, in no order. */
export async function readUsersById(db: Db, account: string, ids: readonly string[]): Promise<User[]> {
  if (ids.length === 0) return []
  const rows = await db.all<Row>(
    sql`select ${columns} from iam_users where account = ${account} and id in (${list(ids)})`,
  )
  return rows.map(toUser)
}

/** False if a user of that name, in whatever case, exists. */
export async function insertUser(db: Db, account: string, user: User): Promise<boolean> {
  const made = await db.get(
    sql`insert into iam_users (account, folded_name, ${columns}) values (
      ${account}, ${user.name.toLowerCase()}, ${user.id}, ${user.name}, ${user.path}, ${JSON.stringify(user.tags)}, ${user.createdAt}
    ) on conflict do nothing returning id`,
  )
  return made !== undefined
}

export const countUsers = async (db: Db, account: string): Promise<number> =>
  (await db.get<{ count: number }>(sql`select count(*) as count from iam_users where account = ${account}`))?.count ?? 0

/** Puts in the given parts. A name must be free: that is asked before, in the same transaction. */
export async function updateUser(
  db: Db,
  account: string,
  id: string,
  { name, path, tags }: Partial<Pick<User, 'name' | 'path' | 'tags'>>,
): Promise<boolean> {
  const parts: Sql[] = [
    ...(name === undefined ? [] : [sql`name = ${name}, folded_name = ${name.toLowerCase()}`]),
    ...(path === undefined ? [] : [sql`path = ${path}`]),
    ...(tags === undefined ? [] : [sql`tags = ${JSON.stringify(tags)}`]),
  ]
  if (parts.length === 0) return true
  return (await db.run(sql`update iam_users set ${join(parts)} where account = ${account} and id = ${id}`)) > 0
}

/** The id of the user that has this name in whatever case. */
export const readNameOwner = async (db: Db, account: string, name: string): Promise<string | undefined> =>
  (
    await db.get<{ id: string }>(
      sql`select id from iam_users where account = ${account} and folded_name = ${name.toLowerCase()}`,
    )
  )?.id

/** Whether there was one. What belongs to it was let go before. */
export const removeUser = async (db: Db, account: string, id: string): Promise<boolean> =>
  (await db.run(sql`delete from iam_users where account = ${account} and id = ${id}`)) > 0

/** Users under a path, by folded name after the given one. */
export async function readUsers(
  db: Db,
  account: string,
  { prefix, after, limit }: { prefix: string; after: string | undefined; limit: number },
): Promise<User[]> {
  const rows = await db.all<Row>(
    sql`select ${columns} from iam_users where account = ${account} and folded_name > ${after ?? ''}
      and path >= ${prefix} and path < ${beyond(prefix)} order by folded_name limit ${limit}`,
  )
  return rows.map(toUser)
}
