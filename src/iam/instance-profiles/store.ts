/** The SQL of instance profiles: table instance_profiles. */
import { type Db, type Sql, sql } from '../../store/db.ts'
import { beyond } from '../below.ts'
import type { Tag } from '../tags.ts'
import type { InstanceProfile } from './instance-profile.ts'

type Row = Omit<InstanceProfile, 'roleId' | 'tags'> & { readonly roleId: string | null; readonly tags: string }

const columns = sql`id, name, path, role_id as "roleId", tags, created_at as "createdAt"`

const toProfile = ({ roleId, tags, ...row }: Row): InstanceProfile => ({
  ...row,
  roleId: roleId ?? undefined,
  tags: JSON.parse(tags) as Tag[],
})

/** Case does not make two profiles, but it makes a wrong name. */
export async function readProfile(db: Db, account: string, name: string): Promise<InstanceProfile | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from instance_profiles
      where account = ${account} and folded_name = ${name.toLowerCase()} and name = ${name}`,
  )
  return row && toProfile(row)
}

/** False if a profile of that name, in whatever case, exists. */
export const insertProfile = async (db: Db, account: string, made: InstanceProfile): Promise<boolean> =>
  (await db.get(
    sql`insert into instance_profiles (account, folded_name, id, name, path, role_id, tags, created_at)
      values (${account}, ${made.name.toLowerCase()}, ${made.id}, ${made.name}, ${made.path}, ${made.roleId},
        ${JSON.stringify(made.tags)}, ${made.createdAt}) on conflict do nothing returning id`,
  )) !== undefined

export const countProfiles = async (db: Db, account: string): Promise<number> =>
  (await db.get<{ count: number }>(sql`select count(*) as count from instance_profiles where account = ${account}`))
    ?.count ?? 0

const one = (account: string, { id, name }: Pick<InstanceProfile, 'id' | 'name'>): Sql =>
  sql`account = ${account} and folded_name = ${name.toLowerCase()} and id = ${id}`

/** Puts the role in; false if the profile has one, or is gone. */
export const fillProfile = async (
  db: Db,
  account: string,
  profile: Pick<InstanceProfile, 'id' | 'name'>,
  roleId: string,
): Promise<boolean> =>
  (await db.run(
    sql`update instance_profiles set role_id = ${roleId} where ${one(account, profile)} and role_id is null`,
  )) > 0

/** Takes the role out; false if it was not in. */
export const emptyProfile = async (
  db: Db,
  account: string,
  profile: Pick<InstanceProfile, 'id' | 'name'>,
  roleId: string,
): Promise<boolean> =>
  (await db.run(
    sql`update instance_profiles set role_id = null where ${one(account, profile)} and role_id = ${roleId}`,
  )) > 0

export const updateTags = (
  db: Db,
  account: string,
  profile: Pick<InstanceProfile, 'id' | 'name'>,
  tags: readonly Tag[],
): Promise<number> =>
  db.run(sql`update instance_profiles set tags = ${JSON.stringify(tags)} where ${one(account, profile)}`)

/** False if it holds a role, or is gone. */
export const removeProfile = async (
  db: Db,
  account: string,
  profile: Pick<InstanceProfile, 'id' | 'name'>,
): Promise<boolean> =>
  (await db.run(sql`delete from instance_profiles where ${one(account, profile)} and role_id is null`)) > 0

/** Profiles under a path, by folded name after the given one; only those that hold a role where one is given. */
export async function readProfiles(
  db: Db,
  account: string,
  query: { prefix: string; after: string | undefined; limit: number; roleId?: string },
): Promise<InstanceProfile[]> {
  const { prefix, after, limit, roleId } = query
  const rows = await db.all<Row>(
    sql`select ${columns} from instance_profiles where account = ${account} and folded_name > ${after ?? ''}
      and path >= ${prefix} and path < ${beyond(prefix)}
      ${roleId === undefined ? sql`` : sql`and role_id = ${roleId}`} order by folded_name limit ${limit}`,
  )
  return rows.map(toProfile)
}
