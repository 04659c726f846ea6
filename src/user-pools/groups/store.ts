/** The tables of groups and memberships. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { addToCount } from '../pools/counts.ts'
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

const columns = sql`g.pool_id, g.name, g.description, g.role_arn, g.precedence, g.created_at, g.modified_at`

/** Groups without precedence come last on both engines, which sort nulls differently. */
export async function readGroupsOf(db: Db, poolId: string, sub: string): Promise<Group[]> {
  const rows = await db.all<Row>(sql`
    select ${columns} from memberships m join groups g on g.pool_id = m.pool_id and g.name = m.group_name
    where m.pool_id = ${poolId} and m.sub = ${sub}
    order by case when g.precedence is null then 1 else 0 end, g.precedence, g.name`)
  return rows.map(groupFrom)
}

/** The user's groups in the order of their names, after that name. */
export async function readGroupsOfPage(db: Db, poolId: string, sub: string, after: string, limit: number) {
  const rows = await db.all<Row>(sql`
    select ${columns} from memberships m join groups g on g.pool_id = m.pool_id and g.name = m.group_name
    where m.pool_id = ${poolId} and m.sub = ${sub} and m.group_name > ${after}
    order by m.group_name limit ${limit}`)
  return rows.map(groupFrom)
}

/** The pool's groups in the order of their names, after that name. */
export async function readGroups(db: Db, poolId: string, after: string, limit: number): Promise<Group[]> {
  const rows = await db.all<Row>(sql`
    select ${columns} from groups g where g.pool_id = ${poolId} and g.name > ${after} order by g.name limit ${limit}`)
  return rows.map(groupFrom)
}

export async function readGroup(db: Db, poolId: string, name: string): Promise<Group | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from groups g where g.pool_id = ${poolId} and g.name = ${name}`)
  return row && groupFrom(row)
}

/** How many groups the pool has with this one; undefined if the name is taken. */
export const insertGroup = (db: Db, group: Group): Promise<number | undefined> =>
  db.transaction(async (inside) => {
    const changed = await inside.run(sql`
      insert into groups (pool_id, name, description, role_arn, precedence, created_at, modified_at)
      values (${group.poolId}, ${group.name}, ${group.description}, ${group.roleArn}, ${group.precedence},
        ${group.createdAt}, ${group.modifiedAt})
      on conflict do nothing`)
    return changed === 1 ? addToCount(inside, group.poolId, 'groups', 1) : undefined
  })

export type GroupChange = Partial<Pick<Group, 'description' | 'roleArn' | 'precedence'>>

/** Changes what is given; the group as it is then, or undefined if there is none. */
export async function updateGroup(
  db: Db,
  poolId: string,
  name: string,
  { description, roleArn, precedence }: GroupChange,
  now: number,
): Promise<Group | undefined> {
  const row = await db.get<Row>(sql`
    update groups set description = coalesce(${description}, description), role_arn = coalesce(${roleArn}, role_arn),
      precedence = coalesce(${precedence}, precedence), modified_at = ${now}
    where pool_id = ${poolId} and name = ${name}
    returning pool_id, name, description, role_arn, precedence, created_at, modified_at`)
  return row && groupFrom(row)
}

/** So many members leave at a time when a group goes, because a group may be as large as its pool. */
const membersAtATime = 500

/** Whether there was such a group. */
export async function deleteGroup(db: Db, poolId: string, name: string): Promise<boolean> {
  for (;;) {
    const left = await db.run(sql`
      delete from memberships where pool_id = ${poolId} and group_name = ${name} and sub in (
        select sub from memberships where pool_id = ${poolId} and group_name = ${name} limit ${membersAtATime})`)
    if (left < membersAtATime) break
  }
  return db.transaction(async (inside) => {
    const changed = await inside.run(sql`delete from groups where pool_id = ${poolId} and name = ${name}`)
    if (changed === 1) await addToCount(inside, poolId, 'groups', -1)
    return changed === 1
  })
}

/** Makes the user a member, if not one already, where they are in fewer groups than `most`. */
export const addMember = (
  db: Db,
  poolId: string,
  name: string,
  { sub, now, most }: { readonly sub: string; readonly now: number; readonly most?: number },
): Promise<'member' | 'no group' | 'full'> =>
  db.transaction(async (inside) => {
    if (!(await readGroup(inside, poolId, name))) return 'no group'
    const joined = await inside.run(sql`
      insert into memberships (pool_id, sub, group_name, created_at) values (${poolId}, ${sub}, ${name}, ${now})
      on conflict do nothing`)
    if (joined === 0 || most === undefined || !(await isInMore(inside, poolId, sub, most))) return 'member'
    await removeMember(inside, poolId, name, sub)
    return 'full'
  })

const isInMore = async (db: Db, poolId: string, sub: string, most: number): Promise<boolean> =>
  (await db.get(sql`
    select 1 from memberships where pool_id = ${poolId} and sub = ${sub} limit 1 offset ${most}`)) !== undefined

export const removeMember = (db: Db, poolId: string, name: string, sub: string): Promise<number> =>
  db.run(sql`delete from memberships where pool_id = ${poolId} and sub = ${sub} and group_name = ${name}`)

export type Member = { readonly sub: string; readonly joinedAt: number }

/** Members in the order of their joining, after that one. */
export async function readMembers(db: Db, poolId: string, name: string, after: Member | undefined, limit: number) {
  const beyond = after ? sql`and (created_at, sub) > (${after.joinedAt}, ${after.sub})` : sql``
  const rows = await db.all<{ sub: string; created_at: number }>(sql`
    select sub, created_at from memberships where pool_id = ${poolId} and group_name = ${name} ${beyond}
    order by created_at, sub limit ${limit}`)
  return rows.map((row): Member => ({ sub: row.sub, joinedAt: row.created_at }))
}
