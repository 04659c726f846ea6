/** Tables users, identifiers and user_index: the only SQL on them. */
import type { Db } from '../../store/db.ts'
import { join, list, type Sql, sql } from '../../store/db.ts'
import type { User, UserStatus } from './user.ts'

type Row = {
  pool_id: string
  sub: string
  username: string
  status: UserStatus
  enabled: number
  attributes: string
  created_at: number
  modified_at: number
  sign_outs: number
  has_password: number
  temporary_until: number | null
  password_set_at: number
}

const toUser = (row: Row): User => ({
  poolId: row.pool_id,
  sub: row.sub,
  username: row.username,
  status: row.status,
  enabled: row.enabled === 1,
  attributes: JSON.parse(row.attributes) as Record<string, string>,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  signOuts: row.sign_outs,
  temporaryUntil: row.temporary_until ?? undefined,
  hasPassword: row.has_password === 1,
  passwordSetAt: row.password_set_at,
})

/** The user with that sub. */
export async function readUser(db: Db, poolId: string, sub: string): Promise<User | undefined> {
  const row = await db.get<Row>(sql`select * from users where pool_id = ${poolId} and sub = ${sub}`)
  return row && toUser(row)
}

/** The users with those subs, each where its sub stands; those that are gone are left out. */
export async function readUsers(db: Db, poolId: string, subs: readonly string[]): Promise<User[]> {
  if (subs.length === 0) return []
  const rows = await db.all<Row>(sql`select * from users where pool_id = ${poolId} and sub in (${list(subs)})`)
  const bySub = new Map(rows.map((row) => [row.sub, toUser(row)]))
  return subs.flatMap((sub) => bySub.get(sub) ?? [])
}

/** The user whom that canonical name belongs to. */
export async function readUserByName(db: Db, poolId: string, name: string): Promise<User | undefined> {
  const row = await db.get<Row>(sql`
    select u.* from identifiers i join users u on u.pool_id = i.pool_id and u.sub = i.sub
    where i.pool_id = ${poolId} and i.value = ${name}`)
  return row && toUser(row)
}

/** A name of a user in canonical form, and what it is to them. */
export type Identifier = {
  readonly value: string
  readonly kind: 'username' | 'sub' | 'email' | 'phone_number' | 'preferred_username'
}

/** A searchable attribute, folded. */
export type Indexed = { readonly name: string; readonly value: string }

/** Adds the row; names and index come after it. */
export async function insertUser(db: Db, user: User): Promise<void> {
  await db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at)
    values (${user.poolId}, ${user.sub}, ${user.username}, ${user.status}, ${user.enabled},
      ${JSON.stringify(user.attributes)}, ${user.createdAt}, ${user.modifiedAt})`)
}

/** Adds names; answers those that belong to somebody already, which are not added. */
export async function insertIdentifiers(
  db: Db,
  poolId: string,
  sub: string,
  added: readonly Identifier[],
): Promise<Identifier[]> {
  if (added.length === 0) return []
  const rows = added.map(({ value, kind }) => sql`(${poolId}, ${value}, ${sub}, ${kind})`)
  const inserted = await db.all<{ value: string }>(sql`
    insert into identifiers (pool_id, value, sub, kind) values ${join(rows)} on conflict do nothing returning value`)
  const values = new Set(inserted.map(({ value }) => value))
  return added.filter(({ value }) => !values.has(value))
}

export async function deleteIdentifiers(db: Db, poolId: string, sub: string, values: readonly string[]): Promise<void> {
  if (values.length > 0)
    await db.run(sql`delete from identifiers where pool_id = ${poolId} and sub = ${sub} and value in (${list(values)})`)
}

/** Whose name that is, and what it is to them. */
export const readIdentifier = (
  db: Db,
  poolId: string,
  value: string,
): Promise<(Identifier & { sub: string }) | undefined> =>
  db.get(sql`select value, kind, sub from identifiers where pool_id = ${poolId} and value = ${value}`)

export async function insertIndexed(db: Db, poolId: string, sub: string, added: readonly Indexed[]): Promise<void> {
  if (added.length === 0) return
  const rows = added.map(({ name, value }) => sql`(${poolId}, ${name}, ${value}, ${sub})`)
  await db.run(sql`insert into user_index (pool_id, name, value, sub) values ${join(rows)} on conflict do nothing`)
}

export async function deleteIndexed(db: Db, poolId: string, sub: string, removed: readonly Indexed[]): Promise<void> {
  for (const { name, value } of removed)
    await db.run(sql`
      delete from user_index where pool_id = ${poolId} and name = ${name} and value = ${value} and sub = ${sub}`)
}

/** Deletes the user and, by reference, all that is theirs; answers whether there was one. */
export const deleteUser = async (db: Db, poolId: string, sub: string): Promise<boolean> =>
  (await db.run(sql`delete from users where pool_id = ${poolId} and sub = ${sub}`)) > 0

export type Change = {
  readonly status?: UserStatus
  readonly enabled?: boolean
  readonly attributes?: Readonly<Record<string, string>>
  readonly modifiedAt?: number
  readonly hasPassword?: boolean
  readonly passwordSetAt?: number
  /** Null makes the password permanent. */
  readonly temporaryUntil?: number | null
}

const columns: Readonly<Record<keyof Change, string>> = {
  status: 'status',
  enabled: 'enabled',
  attributes: 'attributes',
  modifiedAt: 'modified_at',
  hasPassword: 'has_password',
  passwordSetAt: 'password_set_at',
  temporaryUntil: 'temporary_until',
}

const assignment = (column: string, value: NonNullable<Change[keyof Change]> | null): Sql => ({
  pieces: [`${column} = `, ''],
  values: [
    typeof value === 'boolean' ? Number(value) : typeof value === 'object' && value ? JSON.stringify(value) : value,
  ],
})

/** Changes the named columns, if the user's status is one of `from` where that is given; answers whether it did. */
export async function updateUser(
  db: Db,
  poolId: string,
  sub: string,
  change: Change,
  from?: readonly UserStatus[],
): Promise<boolean> {
  const assignments = (Object.keys(columns) as (keyof Change)[]).flatMap((name) => {
    const value = change[name]
    return value === undefined ? [] : [assignment(columns[name], value)]
  })
  const inState = from ? sql` and status in (${list(from)})` : sql``
  return (
    (await db.run(sql`update users set ${join(assignments)} where pool_id = ${poolId} and sub = ${sub}${inState}`)) > 0
  )
}

/** Ends what these users began so far. */
export async function signOut(db: Db, poolId: string, subs: readonly string[]): Promise<void> {
  if (subs.length === 0) return
  await db.run(sql`update users set sign_outs = sign_outs + 1 where pool_id = ${poolId} and sub in (${list(subs)})`)
}

/** A condition: the user is there, may sign in, and was not signed out since that number was read. */
export const staysSignedIn = (poolId: string, sub: string | Sql, signOuts: number | Sql): Sql =>
  sql`exists (select 1 from users u
    where u.pool_id = ${poolId} and u.sub = ${sub} and u.enabled = 1 and u.sign_outs = ${signOuts})`

/** Where a list of users begins or goes on: after that value, and among equals after that sub. */
export type After = { readonly value: string; readonly sub: string }

/** A range of values, `before` excluded; undefined is the end of all. */
export type Range = { readonly from: string; readonly before: string | undefined }

type Found = { readonly user: User; readonly key: After }

/** By sub. */
export async function listBySub(
  db: Db,
  poolId: string,
  range: Range,
  after: After | undefined,
  limit: number,
): Promise<Found[]> {
  const start = after ? sql`sub > ${after.sub}` : sql`sub >= ${range.from}`
  const end = range.before === undefined ? sql`` : sql` and sub < ${range.before}`
  return found(
    await db.all<Row>(
      sql`select * from users where pool_id = ${poolId} and ${start}${end} order by sub limit ${limit}`,
    ),
    (row) => row.sub,
  )
}

/** By a column of users, or by a searchable attribute: the range of one index. */
export async function listByValue(
  db: Db,
  poolId: string,
  name: string,
  range: Range,
  after: After | undefined,
  limit: number,
): Promise<Found[]> {
  // No sub is empty, so the first page begins with the first user of the first value.
  const [value, sub] = [after?.value ?? range.from, after?.sub ?? '']
  const column = searchedColumns[name]
  if (column) {
    const end = range.before === undefined ? sql`` : sql` and ${column} < ${range.before}`
    const rows = await db.all<Row>(sql`
      select * from users where pool_id = ${poolId} and (${column}, sub) > (${value}, ${sub})${end}
      order by ${column}, sub limit ${limit}`)
    return found(rows, (row) => (name === 'username' ? row.username : row.status))
  }
  const end = range.before === undefined ? sql`` : sql` and i.value < ${range.before}`
  const rows = await db.all<Row & { value: string }>(sql`
    select u.*, i.value from user_index i join users u on u.pool_id = i.pool_id and u.sub = i.sub
    where i.pool_id = ${poolId} and i.name = ${name} and (i.value, i.sub) > (${value}, ${sub})${end}
    order by i.value, i.sub limit ${limit}`)
  return found(rows, (row) => row.value)
}

const searchedColumns: Readonly<Record<string, Sql>> = { username: sql`username`, 'cognito:user_status': sql`status` }

/** Those who may sign in, or those who may not, by sub. */
export async function listByEnabled(
  db: Db,
  poolId: string,
  enabled: boolean,
  after: After | undefined,
  limit: number,
): Promise<Found[]> {
  const rows = await db.all<Row>(sql`
    select * from users where pool_id = ${poolId} and enabled = ${enabled} and sub > ${after?.sub ?? ''}
    order by sub limit ${limit}`)
  return found(rows, (row) => row.sub)
}

const found = <R extends Row>(rows: readonly R[], keyOf: (row: R) => string): Found[] =>
  rows.map((row) => ({ user: toUser(row), key: { value: keyOf(row), sub: row.sub } }))
