/**
 * What a principal may do at this moment, in one query over the tables of roles, users, groups and policies, because every
 * signed request asks. It only reads; the tables have their owners.
 */
import { type Db, sql } from '../../store/db.ts'

export type PrincipalRow = {
  kind: 'self' | 'inline' | 'attached' | 'boundary'
  /** The principal's name, the inline policy's, or the managed policy's id. */
  name: string
  /** The principal's tags, or the document; null for a managed policy that has no row: AWS's own. */
  document: string | null
  /** The principal's path, or the group that the policy comes from, or null. */
  origin: string | null
}

/** One row `self` if the principal is there, and a row for each policy: of itself, of its groups, its boundary. */
export const readPrincipal = (db: Db, account: string, id: string): Promise<PrincipalRow[]> =>
  db.all(
    sql`with owners as (
        select id, null as origin from roles where account = ${account} and id = ${id}
        union all select id, null as origin from iam_users where account = ${account} and id = ${id}
        union all select g.id, g.name as origin from iam_memberships m
          join iam_groups g on g.account = m.account and g.id = m.group_id
          where m.account = ${account} and m.user_id = ${id}
      )
      select 'self' as kind, name, tags as document, path as origin from roles where account = ${account} and id = ${id}
      union all select 'self', name, tags, path from iam_users where account = ${account} and id = ${id}
      union all select 'inline', p.name, p.document, o.origin from owners o
        join inline_policies p on p.account = ${account} and p.principal_id = o.id
      union all select 'attached', coalesce(m.name, a.policy_id), v.document, o.origin from owners o
        join attachments a on a.account = ${account} and a.principal_id = o.id
        left join managed_policies m on m.account = a.account and m.id = a.policy_id
        left join managed_policy_versions v on v.account = m.account and v.policy_id = m.id and v.version = m.default_version
      union all select 'boundary', coalesce(m.name, b.policy_id), v.document, null from permissions_boundaries b
        left join managed_policies m on m.account = b.account and m.id = b.policy_id
        left join managed_policy_versions v on v.account = m.account and v.policy_id = m.id and v.version = m.default_version
        where b.account = ${account} and b.principal_id = ${id}`,
  )
