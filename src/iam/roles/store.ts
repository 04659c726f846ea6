/** The SQL of roles and their inline policies: tables roles and role_policies. */

import { type Db, join, list, type Sql, sql } from '../../store/db.ts'
import type { PolicySource } from '../../wire/caller.ts'
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

/** What a session of the role is at this moment: its tags and the policies in force. Undefined once the role is gone. */
export async function readSessionRole(
  db: Db,
  account: string,
  id: string,
): Promise<{ tags: Tag[]; policies: PolicySource[] } | undefined> {
  const rows = await db.all<{ tags: string | null; name: string | null; document: string | null }>(
    sql`select r.tags, p.name, p.document from roles r
      left join role_policies p on p.account = r.account and p.role_id = r.id
      where r.account = ${account} and r.id = ${id}
      union all
      select null as tags, m.name, v.document from role_attachments a
      join managed_policies m on m.account = a.account and m.id = a.policy_id
      join managed_policy_versions v on v.account = m.account and v.policy_id = m.id and v.version = m.default_version
      where a.account = ${account} and a.role_id = ${id}`,
  )
  const tags = rows.find((row) => row.tags !== null)?.tags
  if (typeof tags !== 'string') return undefined
  const policies = rows.flatMap(({ name, document }) =>
    name !== null && document !== null ? [{ id: name, text: document }] : [],
  )
  return { tags: JSON.parse(tags) as Tag[], policies: policies.sort((a, b) => (a.id < b.id ? -1 : 1)) }
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

/** False if policies remain on the role. */
export async function removeRole(db: Db, account: string, id: string): Promise<boolean> {
  const gone = await db.run(
    sql`delete from roles where account = ${account} and id = ${id}
      and not exists (select 1 from role_policies where account = ${account} and role_id = ${id})
      and not exists (select 1 from role_attachments where account = ${account} and role_id = ${id})`,
  )
  return gone > 0
}

/** Roles under a path, by folded name after the given one. */
export async function readRoles(
  db: Db,
  account: string,
  { prefix, after, limit }: { prefix: string; after: string | undefined; limit: number },
): Promise<Role[]> {
  const beyond = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
  const rows = await db.all<RoleRow>(
    sql`select ${columns} from roles where account = ${account} and folded_name > ${after ?? ''}
      and path >= ${prefix} and path < ${beyond} order by folded_name limit ${limit}`,
  )
  return rows.map(toRole)
}

export type InlinePolicy = { readonly name: string; readonly document: string }

export const readRolePolicies = (db: Db, account: string, roleId: string): Promise<InlinePolicy[]> =>
  db.all(sql`select name, document from role_policies where account = ${account} and role_id = ${roleId} order by name`)

export const readRolePolicy = (
  db: Db,
  account: string,
  roleId: string,
  name: string,
): Promise<InlinePolicy | undefined> =>
  db.get(
    sql`select name, document from role_policies where account = ${account} and role_id = ${roleId} and name = ${name}`,
  )

export const readRolePolicyNames = async (
  db: Db,
  account: string,
  roleId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<string[]> => {
  const rows = await db.all<{ name: string }>(
    sql`select name from role_policies where account = ${account} and role_id = ${roleId} and name > ${after ?? ''}
      order by name limit ${limit}`,
  )
  return rows.map(({ name }) => name)
}

/** Replaces silently, as AWS does. */
export const writeRolePolicy = (
  db: Db,
  account: string,
  roleId: string,
  { name, document }: InlinePolicy,
): Promise<number> =>
  db.run(
    sql`insert into role_policies (account, role_id, name, document) values (${account}, ${roleId}, ${name}, ${document})
      on conflict (account, role_id, name) do update set document = excluded.document`,
  )

/** Whether there was one. */
export const removeRolePolicy = async (db: Db, account: string, roleId: string, name: string): Promise<boolean> =>
  (await db.run(sql`delete from role_policies where account = ${account} and role_id = ${roleId} and name = ${name}`)) >
  0
