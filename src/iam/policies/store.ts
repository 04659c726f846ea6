/** The SQL of managed policies: tables managed_policies and managed_policy_versions; it counts in those of attachment-store.ts. */
import { type Db, list, type Sql, sql } from '../../store/db.ts'
import { beyond } from '../below.ts'
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
  boundaries: number
}

const columns = sql`m.id, m.name, m.path, m.description, m.tags, m.default_version, m.newest_version, m.created_at, m.updated_at,
  (select count(*) from attachments a where a.account = m.account and a.policy_id = m.id) as attachments,
  (select count(*) from permissions_boundaries b where b.account = m.account and b.policy_id = m.id) as boundaries`

const toPolicy = (account: string, row: Row): ManagedPolicy => ({
  account,
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
  boundaries: row.boundaries,
})

export type Page = { readonly prefix: string; readonly after: string | undefined; readonly limit: number }

/** Rows whose path begins with the prefix. */
const below = (column: Sql, prefix: string): Sql => sql`${column} >= ${prefix} and ${column} < ${beyond(prefix)}`

export async function readPolicy(db: Db, account: string, name: string): Promise<ManagedPolicy | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from managed_policies m
      where m.account = ${account} and m.folded_name = ${name.toLowerCase()} and m.name = ${name}`,
  )
  return row && toPolicy(account, row)
}

/** The policies with these ids, in no order. */
export async function readPoliciesById(db: Db, account: string, ids: readonly string[]): Promise<ManagedPolicy[]> {
  if (ids.length === 0) return []
  const rows = await db.all<Row>(
    sql`select ${columns} from managed_policies m where m.account = ${account} and m.id in (${list(ids)})`,
  )
  return rows.map((row) => toPolicy(account, row))
}

/** False if a policy of that name, in whatever case, exists. */
export async function insertPolicy(
  db: Db,
  account: string,
  policy: Omit<ManagedPolicy, 'attachments' | 'boundaries' | 'account'>,
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
  { prefix, after, limit, attached, bounding }: Page & { readonly attached: boolean; readonly bounding: boolean },
): Promise<ManagedPolicy[]> {
  const used = (table: Sql) =>
    sql`and exists (select 1 from ${table} u where u.account = m.account and u.policy_id = m.id)`
  const only = sql`${attached ? used(sql`attachments`) : sql``} ${bounding ? used(sql`permissions_boundaries`) : sql``}`
  const rows = await db.all<Row>(
    sql`select ${columns} from managed_policies m where m.account = ${account} and m.folded_name > ${after ?? ''}
      and ${below(sql`m.path`, prefix)} ${only} order by m.folded_name limit ${limit}`,
  )
  return rows.map((row) => toPolicy(account, row))
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
export const readDefaultDocuments = (db: Db, account: string, ids: readonly string[]): Promise<DocumentOf[]> =>
  ids.length === 0
    ? Promise.resolve([])
    : db.all(
        sql`select m.id, v.document from managed_policies m
          join managed_policy_versions v on v.account = m.account and v.policy_id = m.id and v.version = m.default_version
          where m.account = ${account} and m.id in (${list(ids)}) order by m.id`,
      )

export type DocumentOf = { readonly id: string; readonly document: string }

export const removeVersion = async (db: Db, account: string, id: string, version: number): Promise<boolean> =>
  (await db.run(
    sql`delete from managed_policy_versions where account = ${account} and policy_id = ${id} and version = ${version}`,
  )) > 0
