/** The tables of groups and memberships. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Group } from './group.ts'

type Row = {
  pool_id: string
  name: string
  description: string | null
  role_arn: string | null
  precedence: number | null
  created_at: number
  modified_at: number
}

const groupFrom = (row: Row): Group => ({
  poolId: row.pool_id,
  name: row.name,
  description: row.description ?? undefined,
  roleArn: row.role_arn ?? undefined,
  precedence: row.precedence ?? undefined,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
})

/** Groups without precedence come last on both engines, which sort nulls differently. */
export async function readGroupsOf(db: Db, poolId: string, sub: string): Promise<Group[]> {
  const rows = await db.all<Row>(sql`
    select g.pool_id, g.name, g.description, g.role_arn, g.precedence, g.created_at, g.modified_at
    from memberships m join groups g on g.pool_id = m.pool_id and g.name = m.group_name
    where m.pool_id = ${poolId} and m.sub = ${sub}
    order by case when g.precedence is null then 1 else 0 end, g.precedence, g.name`)
  return rows.map(groupFrom)
}
