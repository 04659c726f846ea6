/**
 * What a principal may do at this moment, in one query over the tables of roles, users, groups and policies, because every
 * signed request asks. It only reads; the tables have their owners.
 */
import { type Db, type Sql, sql } from '../../store/db.ts'

export type PrincipalRow = {
  kind: 'self' | 'inline' | 'attached' | 'boundary'
  /** The principal's name, the inline policy's, or the managed policy's id. */
  name: string
  /** The principal's tags, or the document; null for a managed policy that has no row: AWS's own. */
  document: string | null
  /** The principal's path, or the group that the policy comes from, or null. */
  origin: string | null
}

/** The version in force of the managed policies that `a` names. */
const inForce = sql`left join managed_policies m on m.account = a.account and m.id = a.policy_id
  left join managed_policy_versions v on v.account = m.account and v.policy_id = m.id and v.version = m.default_version`

/** A role's own: no groups, so that the query of the many sessions stays a handful of look-ups by key. */
const own = (account: string, id: string): Sql =>
  sql`select 'inline' as kind, name, document, null as origin from inline_policies
      where account = ${account} and principal_id = ${id}
    union all select 'attached', coalesce(m.name, a.policy_id), v.document, null from attachments a ${inForce}
      where a.account = ${account} and a.principal_id = ${id}
    union all select 'boundary', coalesce(m.name, a.policy_id), v.document, null from permissions_boundaries a ${inForce}
      where a.account = ${account} and a.principal_id = ${id}`

const ofGroups = (account: string, id: string): Sql =>
  sql`select 'inline', p.name, p.document, g.name from iam_memberships s
      join iam_groups g on g.account = s.account and g.id = s.group_id
      join inline_policies p on p.account = s.account and p.principal_id = s.group_id
      where s.account = ${account} and s.user_id = ${id}
    union all select 'attached', coalesce(m.name, a.policy_id), v.document, g.name from iam_memberships s
      join iam_groups g on g.account = s.account and g.id = s.group_id
      join attachments a on a.account = s.account and a.principal_id = s.group_id ${inForce}
      where s.account = ${account} and s.user_id = ${id}`

/** One row `self` if the principal is there, and a row for each policy: of itself, of its groups, its boundary. */
export const readPrincipal = (db: Db, account: string, id: string): Promise<PrincipalRow[]> =>
  id.startsWith('AIDA')
    ? db.all(
        sql`${own(account, id)} union all ${ofGroups(account, id)}
          union all select 'self', name, tags, path from iam_users where account = ${account} and id = ${id}`,
      )
    : db.all(
        sql`${own(account, id)}
          union all select 'self', name, tags, path from roles where account = ${account} and id = ${id}`,
      )
