/** The SQL of groups of IAM's users: tables iam_groups and iam_memberships. */
import { type Db, join, list, type Sql, sql } from '../../store/db.ts'
import { beyond } from '../below.ts'
import type { Group } from './group.ts'

const columns = sql`id, name, path, created_at as "createdAt"`

export type Page = { readonly after: string | undefined; readonly limit: number }

export const readGroup = (db: Db, account: string, name: string): Promise<Group | undefined> =>
  db.get(
    sql`select ${columns} from iam_groups
      where account = ${account} and folded_name = ${name.toLowerCase()} and name = ${name}`,
  )

export const readGroupsById = (db: Db, account: string, ids: readonly string[]): Promise<Group[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : db.all(sql`select ${columns} from iam_groups where account = ${account} and id in (${list(ids)})`)

/** False if a group of that name, in whatever case, exists. */
export const insertGroup = async (db: Db, account: string, { id, name, path, createdAt }: Group): Promise<boolean> =>
  (await db.get(
    sql`insert into iam_groups (account, id, name, folded_name, path, created_at)
      values (${account}, ${id}, ${name}, ${name.toLowerCase()}, ${path}, ${createdAt}) on conflict do nothing returning id`,
  )) !== undefined

export const countGroups = async (db: Db, account: string): Promise<number> =>
  (await db.get<{ count: number }>(sql`select count(*) as count from iam_groups where account = ${account}`))?.count ??
  0

/** The id of the group that has this name in whatever case. */
export const readNameOwner = async (db: Db, account: string, name: string): Promise<string | undefined> =>
  (
    await db.get<{ id: string }>(
      sql`select id from iam_groups where account = ${account} and folded_name = ${name.toLowerCase()}`,
    )
  )?.id

export async function updateGroup(
  db: Db,
  account: string,
  id: string,
  { name, path }: Partial<Pick<Group, 'name' | 'path'>>,
): Promise<boolean> {
  const parts: Sql[] = [
    ...(name === undefined ? [] : [sql`name = ${name}, folded_name = ${name.toLowerCase()}`]),
    ...(path === undefined ? [] : [sql`path = ${path}`]),
  ]
  if (parts.length === 0) return true
  return (await db.run(sql`update iam_groups set ${join(parts)} where account = ${account} and id = ${id}`)) > 0
}

export const removeGroup = async (db: Db, account: string, id: string): Promise<boolean> =>
  (await db.run(sql`delete from iam_groups where account = ${account} and id = ${id}`)) > 0

/** Groups under a path, by folded name after the given one. */
export const readGroups = (
  db: Db,
  account: string,
  { prefix, after, limit }: Page & { readonly prefix: string },
): Promise<Group[]> =>
  db.all(
    sql`select ${columns} from iam_groups where account = ${account} and folded_name > ${after ?? ''}
      and path >= ${prefix} and path < ${beyond(prefix)} order by folded_name limit ${limit}`,
  )

/** A member already is no error. */
export const insertMember = (db: Db, account: string, userId: string, groupId: string): Promise<number> =>
  db.run(
    sql`insert into iam_memberships (account, user_id, group_id) values (${account}, ${userId}, ${groupId})
      on conflict do nothing`,
  )

export const removeMember = async (db: Db, account: string, userId: string, groupId: string): Promise<boolean> =>
  (await db.run(
    sql`delete from iam_memberships where account = ${account} and user_id = ${userId} and group_id = ${groupId}`,
  )) > 0

/** The ids of the members, in order. */
export const readMemberIds = async (
  db: Db,
  account: string,
  groupId: string,
  { after, limit }: Page,
): Promise<string[]> => {
  const rows = await db.all<{ id: string }>(
    sql`select user_id as id from iam_memberships
      where account = ${account} and group_id = ${groupId} and user_id > ${after ?? ''} order by user_id limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}

/** The groups of a user, ten at most, by folded name. */
export const readGroupsOf = (db: Db, account: string, userId: string): Promise<Group[]> =>
  db.all(
    sql`select g.id, g.name, g.path, g.created_at as "createdAt" from iam_memberships m
      join iam_groups g on g.account = m.account and g.id = m.group_id
      where m.account = ${account} and m.user_id = ${userId} order by g.folded_name`,
  )
