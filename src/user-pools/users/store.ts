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
  signed_out_at: number
  has_password: number
  temporary_until: number | null
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
  signedOutAt: row.signed_out_at,
  temporaryUntil: row.temporary_until ?? undefined,
  hasPassword: row.has_password === 1,
})

/** The user with that sub. */
export async function readUser(db: Db, poolId: string, sub: string): Promise<User | undefined> {
  const row = await db.get<Row>(sql`select * from users where pool_id = ${poolId} and sub = ${sub}`)
  return row && toUser(row)
}

/** The user whom that canonical name belongs to. */
export async function readUserByName(db: Db, poolId: string, name: string): Promise<User | undefined> {
  const row = await db.get<Row>(sql`
    select u.* from identifiers i join users u on u.pool_id = i.pool_id and u.sub = i.sub
    where i.pool_id = ${poolId} and i.value = ${name}`)
  return row && toUser(row)
}

export type Change = {
  readonly status?: UserStatus
  readonly enabled?: boolean
  readonly attributes?: Readonly<Record<string, string>>
  readonly modifiedAt?: number
  readonly signedOutAt?: number
  readonly hasPassword?: boolean
  /** Null makes the password permanent. */
  readonly temporaryUntil?: number | null
}

const columns: Readonly<Record<keyof Change, string>> = {
  status: 'status',
  enabled: 'enabled',
  attributes: 'attributes',
  modifiedAt: 'modified_at',
  signedOutAt: 'signed_out_at',
  hasPassword: 'has_password',
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
