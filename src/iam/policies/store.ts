/** The SQL of managed policies: tables managed_policies, managed_policy_versions and role_attachments. */
import { type Db, list, type Sql, sql } from '../../store/db.ts'
import type { Tag } from '../tags.ts'
import type { ManagedPolicy, PolicyVersion } from './managed-policy.ts'

type Row = {
  id: string
  name: string
  path: string
  description: string | null
  tags: string
  default_version: number
  newest_version: number
  created_at: number
  updated_at: number
  attachments: number
}

const columns = sql`m.id, m.name, m.path, m.description, m.tags, m.default_version, m.newest_version, m.created_at, m.updated_at,
  (select count(*) from role_attachments a where a.account = m.account and a.policy_id = m.id) as attachments`

const toPolicy = (row: Row): ManagedPolicy => ({
  id: row.id,
  name: row.name,
  path: row.path,
  description: row.description ?? undefined,
  tags: JSON.parse(row.tags) as Tag[],
  defaultVersion: row.default_version,
  newestVersion: row.newest_version,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  attachments: row.attachments,
})

export type Page = { readonly prefix: string; readonly after: string | undefined; readonly limit: number }

/** Rows whose path begins with the prefix: a range, which an index can serve. */
const below = (column: Sql, prefix: string): Sql => {
  const beyond = prefix.slice(0, -1) + String.fromCharCode(prefix.charCodeAt(prefix.length - 1) + 1)
  return sql`${column} >= ${prefix} and ${column} < ${beyond}`
}

export async function readPolicy(db: Db, account: string, name: string): Promise<ManagedPolicy | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from managed_policies m
      where m.account = ${account} and m.folded_name = ${name.toLowerCase()} and m.name = ${name}`,
  )
  return row && toPolicy(row)
}

/** False if a policy of that name, in whatever case, exists. */
export async function insertPolicy(
  db: Db,
  account: string,
  policy: Omit<ManagedPolicy, 'attachments'>,
  document: string,
): Promise<boolean> {
  const made = await db.get(
    sql`insert into managed_policies
      (account, folded_name, id, name, path, description, tags, default_version, newest_version, created_at, updated_at)
      values (${account}, ${policy.name.toLowerCase()}, ${policy.id}, ${policy.name}, ${policy.path}, ${policy.description},
        ${JSON.stringify(policy.tags)}, ${policy.defaultVersion}, ${policy.newestVersion}, ${policy.createdAt}, ${policy.updatedAt})
      on conflict do nothing returning id`,
  )
  if (!made) return false
  const version = { version: policy.newestVersion, document, createdAt: policy.createdAt }
  await insertVersion(db, account, policy.id, version)
  return true
}

export const countPolicies = async (db: Db, account: string): Promise<number> =>
  (await db.get<{ count: number }>(sql`select count(*) as count from managed_policies where account = ${account}`))
    ?.count ?? 0

export async function readPolicies(
  db: Db,
  account: string,
  { prefix, after, limit, attached }: Page & { readonly attached: boolean },
): Promise<ManagedPolicy[]> {
  const only = attached
    ? sql`and exists (select 1 from role_attachments a where a.account = m.account and a.policy_id = m.id)`
    : sql``
  const rows = await db.all<Row>(
    sql`select ${columns} from managed_policies m where m.account = ${account} and m.folded_name > ${after ?? ''}
      and ${below(sql`m.path`, prefix)} ${only} order by m.folded_name limit ${limit}`,
  )
  return rows.map(toPolicy)
}

export const updatePolicyTags = (db: Db, account: string, id: string, tags: readonly Tag[]): Promise<number> =>
  db.run(sql`update managed_policies set tags = ${JSON.stringify(tags)} where account = ${account} and id = ${id}`)

export const updateVersions = (
  db: Db,
  account: string,
  id: string,
  { defaultVersion, newestVersion, updatedAt }: Pick<ManagedPolicy, 'defaultVersion' | 'newestVersion' | 'updatedAt'>,
): Promise<number> =>
  db.run(
    sql`update managed_policies set default_version = ${defaultVersion}, newest_version = ${newestVersion}, updated_at = ${updatedAt}
      where account = ${account} and id = ${id}`,
  )

/** The versions go with it. */
export const removePolicy = (db: Db, account: string, id: string): Promise<number> =>
  db.run(sql`delete from managed_policies where account = ${account} and id = ${id}`)

export const insertVersion = (
  db: Db,
  account: string,
  id: string,
  { version, document, createdAt }: PolicyVersion,
): Promise<number> =>
  db.run(
    sql`insert into managed_policy_versions (account, policy_id, version, document, created_at)
      values (${account}, ${id}, ${version}, ${document}, ${createdAt})`,
  )

/** Newest first. */
export const readVersions = (db: Db, account: string, id: string): Promise<PolicyVersion[]> =>
  db.all(
    sql`select version, document, created_at as "createdAt" from managed_policy_versions
      where account = ${account} and policy_id = ${id} order by version desc`,
  )

/** The documents in force of these policies. */
export async function readDefaultDocuments(db: Db, account: string, ids: readonly string[]): Promise<string[]> {
  const rows = await db.all<{ document: string }>(
    sql`select v.document from managed_policies m
      join managed_policy_versions v on v.account = m.account and v.policy_id = m.id and v.version = m.default_version
      where m.account = ${account} and m.id in (${list(ids)}) order by m.id`,
  )
  return rows.map(({ document }) => document)
}

export const removeVersion = async (db: Db, account: string, id: string, version: number): Promise<boolean> =>
  (await db.run(
    sql`delete from managed_policy_versions where account = ${account} and policy_id = ${id} and version = ${version}`,
  )) > 0

/** Attaching twice is no error. */
export const insertAttachment = (db: Db, account: string, roleId: string, policyId: string): Promise<number> =>
  db.run(
    sql`insert into role_attachments (account, role_id, policy_id) values (${account}, ${roleId}, ${policyId}) on conflict do nothing`,
  )

export const countAttachments = async (db: Db, account: string, roleId: string): Promise<number> =>
  (
    await db.get<{ count: number }>(
      sql`select count(*) as count from role_attachments where account = ${account} and role_id = ${roleId}`,
    )
  )?.count ?? 0

export const removeAttachment = async (db: Db, account: string, roleId: string, policyId: string): Promise<boolean> =>
  (await db.run(
    sql`delete from role_attachments where account = ${account} and role_id = ${roleId} and policy_id = ${policyId}`,
  )) > 0

/** The policies attached to a role, by folded name. */
export const readAttachedPolicies = (
  db: Db,
  account: string,
  roleId: string,
  { prefix, after, limit }: Page,
): Promise<{ name: string; path: string }[]> =>
  db.all(
    sql`select m.name, m.path from role_attachments a
      join managed_policies m on m.account = a.account and m.id = a.policy_id
      where a.account = ${account} and a.role_id = ${roleId} and m.folded_name > ${after ?? ''} and ${below(sql`m.path`, prefix)}
      order by m.folded_name limit ${limit}`,
  )

/** The roles that a policy is attached to, by folded name. */
export const readAttachedRoles = (
  db: Db,
  account: string,
  policyId: string,
  { prefix, after, limit }: Page,
): Promise<{ name: string; id: string }[]> =>
  db.all(
    sql`select r.name, r.id from role_attachments a
      join roles r on r.account = a.account and r.id = a.role_id
      where a.account = ${account} and a.policy_id = ${policyId} and r.folded_name > ${after ?? ''} and ${below(sql`r.path`, prefix)}
      order by r.folded_name limit ${limit}`,
  )
