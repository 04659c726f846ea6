/** The SQL of what belongs to principals: tables inline_policies, attachments and permissions_boundaries. */
import { type Db, sql } from '../../store/db.ts'

export type InlinePolicy = { readonly name: string; readonly document: string }

export const readInlinePolicies = (db: Db, account: string, principalId: string): Promise<InlinePolicy[]> =>
  db.all(
    sql`select name, document from inline_policies where account = ${account} and principal_id = ${principalId} order by name`,
  )

export const readInlinePolicy = (
  db: Db,
  account: string,
  principalId: string,
  name: string,
): Promise<InlinePolicy | undefined> =>
  db.get(
    sql`select name, document from inline_policies
      where account = ${account} and principal_id = ${principalId} and name = ${name}`,
  )

export const readInlinePolicyNames = async (
  db: Db,
  account: string,
  principalId: string,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<string[]> => {
  const rows = await db.all<{ name: string }>(
    sql`select name from inline_policies
      where account = ${account} and principal_id = ${principalId} and name > ${after ?? ''} order by name limit ${limit}`,
  )
  return rows.map(({ name }) => name)
}

/** Replaces silently, as AWS does. */
export const writeInlinePolicy = (
  db: Db,
  account: string,
  principalId: string,
  { name, document }: InlinePolicy,
): Promise<number> =>
  db.run(
    sql`insert into inline_policies (account, principal_id, name, document) values (${account}, ${principalId}, ${name}, ${document})
      on conflict (account, principal_id, name) do update set document = excluded.document`,
  )

/** Whether there was one. */
export const removeInlinePolicy = async (
  db: Db,
  account: string,
  principalId: string,
  name: string,
): Promise<boolean> =>
  (await db.run(
    sql`delete from inline_policies where account = ${account} and principal_id = ${principalId} and name = ${name}`,
  )) > 0

/** Attaching twice is no error. */
export const insertAttachment = (db: Db, account: string, principalId: string, policyId: string): Promise<number> =>
  db.run(
    sql`insert into attachments (account, principal_id, policy_id) values (${account}, ${principalId}, ${policyId})
      on conflict do nothing`,
  )

export const removeAttachment = async (
  db: Db,
  account: string,
  principalId: string,
  policyId: string,
): Promise<boolean> =>
  (await db.run(
    sql`delete from attachments where account = ${account} and principal_id = ${principalId} and policy_id = ${policyId}`,
  )) > 0

/** The ids of the policies attached to a principal: a dozen at most. */
export const readAttachedIds = async (db: Db, account: string, principalId: string): Promise<string[]> => {
  const rows = await db.all<{ id: string }>(
    sql`select policy_id as id from attachments where account = ${account} and principal_id = ${principalId}`,
  )
  return rows.map(({ id }) => id)
}

/** The ids of the principals that use a policy, by id after the given one: as one of their policies, or as boundary. */
export const readUsers = async (
  db: Db,
  account: string,
  policyId: string,
  { as, after, limit }: { as: 'policy' | 'boundary'; after: string | undefined; limit: number },
): Promise<string[]> => {
  const table = as === 'policy' ? sql`attachments` : sql`permissions_boundaries`
  const rows = await db.all<{ id: string }>(
    sql`select principal_id as id from ${table} where account = ${account} and policy_id = ${policyId}
      and principal_id > ${after ?? ''} order by principal_id limit ${limit}`,
  )
  return rows.map(({ id }) => id)
}

/** How often each of AWS's own policies is in use, which have no row of their own. */
export const countUses = (
  db: Db,
  account: string,
): Promise<{ id: string; attachments: number; boundaries: number }[]> =>
  db.all(
    sql`select id, sum(attached) as attachments, sum(bound) as boundaries from (
        select policy_id as id, 1 as attached, 0 as bound from attachments where account = ${account}
        union all select policy_id as id, 0 as attached, 1 as bound from permissions_boundaries where account = ${account}
      ) as uses group by id`,
  )

export const writeBoundary = (db: Db, account: string, principalId: string, policyId: string): Promise<number> =>
  db.run(
    sql`insert into permissions_boundaries (account, principal_id, policy_id) values (${account}, ${principalId}, ${policyId})
      on conflict (account, principal_id) do update set policy_id = excluded.policy_id`,
  )

export const removeBoundary = (db: Db, account: string, principalId: string): Promise<number> =>
  db.run(sql`delete from permissions_boundaries where account = ${account} and principal_id = ${principalId}`)

export const readBoundary = async (db: Db, account: string, principalId: string): Promise<string | undefined> =>
  (
    await db.get<{ id: string }>(
      sql`select policy_id as id from permissions_boundaries where account = ${account} and principal_id = ${principalId}`,
    )
  )?.id
