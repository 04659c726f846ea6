/** The SQL of roles: table roles. */
import { type Db, join, list, type Sql, sql } from '../../store/db.ts'
import { beyond } from '../below.ts'
import type { Tag } from '../tags.ts'
import type { Role } from './role.ts'

type RoleRow = {
  id: string
  name: string
  path: string
  description: string | null
  trust: string
  bound_trust: string
  longest_session: number
  tags: string
  created_at: number
}

const columns = sql`id, name, path, description, trust, bound_trust, longest_session, tags, created_at`

const toRole = (row: RoleRow): Role => ({
  id: row.id,
  name: row.name,
  path: row.path,
  description: row.description ?? undefined,
  trust: row.trust,
  boundTrust: row.bound_trust,
  longestSession: row.longest_session,
  tags: JSON.parse(row.tags) as Tag[],
  createdAt: row.created_at,
})

/** Case does not make two roles, but it makes a wrong name. */
const named = (account: string, name: string): Sql =>
  sql`account = ${account} and folded_name = ${name.toLowerCase()} and name = ${name}`

export async function readRole(db: Db, account: string, name: string): Promise<Role | undefined> {
  const row = await db.get<RoleRow>(sql`select ${columns} from roles where ${named(account, name)}`)
  return row && toRole(row)
}

/** The ids of the roles that exist among these names or ids. */
export async function readRoleIds(db: Db, account: string, names: readonly string[], ids: readonly string[]) {
  const either = [
    ...(names.length > 0 ? [sql`folded_name in (${list(names.map((name) => name.toLowerCase()))})`] : []),
    ...(ids.length > 0 ? [sql`id in (${list(ids)})`] : []),
  ]
  if (either.length === 0) return []
  return db.all<{ id: string; name: string; path: string }>(
    sql`select id, name, path from roles where account = ${account} and (${join(either, ' or ')})`,
  )
}

/** The roles with these ids, in no order. */
export async function readRolesById(db: Db, account: string, ids: readonly string[]): Promise<Role[]> {
  if (ids.length === 0) return []
  const rows = await db.all<RoleRow>(
    sql`select ${columns} from roles where account = ${account} and id in (${list(ids)})`,
  )
  return rows.map(toRole)
}

/** False if a role of that name, in whatever case, exists. */
export async function insertRole(db: Db, account: string, role: Role): Promise<boolean> {
  const made = await db.get(
    sql`insert into roles (account, folded_name, ${columns}) values (
      ${account}, ${role.name.toLowerCase()}, ${role.id}, ${role.name}, ${role.path}, ${role.description},
      ${role.trust}, ${role.boundTrust}, ${role.longestSession}, ${JSON.stringify(role.tags)}, ${role.createdAt}
    ) on conflict do nothing returning id`,
  )
  return made !== undefined
}

export const countRoles = async (db: Db, account: string): Promise<number> =>
  (await db.get<{ count: number }>(sql`select count(*) as count from roles where account = ${account}`))?.count ?? 0

/** Puts in the given parts; undefined leaves a part as it is. Answers whether there is such a role. */
export async function updateRole(
  db: Db,
  account: string,
  id: string,
  change: Partial<Pick<Role, 'description' | 'longestSession' | 'trust' | 'boundTrust' | 'tags'>>,
): Promise<boolean> {
  const parts = [
    change.description === undefined ? undefined : sql`description = ${change.description}`,
    change.longestSession === undefined ? undefined : sql`longest_session = ${change.longestSession}`,
    change.trust === undefined ? undefined : sql`trust = ${change.trust}`,
    change.boundTrust === undefined ? undefined : sql`bound_trust = ${change.boundTrust}`,
    change.tags === undefined ? undefined : sql`tags = ${JSON.stringify(change.tags)}`,
  ].filter((part) => part !== undefined)
  if (parts.length === 0) return true
  return (await db.run(sql`update roles set ${join(parts)} where account = ${account} and id = ${id}`)) > 0
}

/** Whether there was one. What belongs to it was let go before. */
export const removeRole = async (db: Db, account: string, id: string): Promise<boolean> =>
  (await db.run(sql`delete from roles where account = ${account} and id = ${id}`)) > 0

/** Roles under a path, by folded name after the given one. */
export async function readRoles(
  db: Db,
  account: string,
  { prefix, after, limit }: { prefix: string; after: string | undefined; limit: number },
): Promise<Role[]> {
  const rows = await db.all<RoleRow>(
    sql`select ${columns} from roles where account = ${account} and folded_name > ${after ?? ''}
      and path >= ${prefix} and path < ${beyond(prefix)} order by folded_name limit ${limit}`,
  )
  return rows.map(toRole)
}
