/** Many new users at once: a statement for each table, whatever their number. */
import type { Db } from '../../store/db.ts'
import { join, list, sql } from '../../store/db.ts'
import type { Identifier, Indexed } from './store.ts'
import type { User } from './user.ts'

/** Those of the names that belong to somebody. */
export async function readTaken(db: Db, poolId: string, values: readonly string[]): Promise<Set<string>> {
  if (values.length === 0) return new Set()
  const rows = await db.all<{ value: string }>(
    sql`select value from identifiers where pool_id = ${poolId} and value in (${list(values)})`,
  )
  return new Set(rows.map(({ value }) => value))
}

export type Added = {
  readonly user: User
  readonly names: readonly Identifier[]
  readonly indexed: readonly Indexed[]
}

/** Adds users whose names are free, with names and index. */
export async function insertUsers(db: Db, poolId: string, added: readonly Added[]): Promise<void> {
  if (added.length === 0) return
  const users = added.map(
    ({ user }) => sql`(${poolId}, ${user.sub}, ${user.username}, ${user.status}, ${user.enabled},
      ${JSON.stringify(user.attributes)}, ${user.createdAt}, ${user.modifiedAt}, ${user.hasPassword})`,
  )
  await db.run(sql`
    insert into users (pool_id, sub, username, status, enabled, attributes, created_at, modified_at, has_password)
    values ${join(users)}`)
  const names = added.flatMap(({ user: { sub }, names }) =>
    names.map(({ value, kind }) => sql`(${poolId}, ${value}, ${sub}, ${kind})`),
  )
  await db.run(sql`insert into identifiers (pool_id, value, sub, kind) values ${join(names)}`)
  const indexed = added.flatMap(({ user: { sub }, indexed }) =>
    indexed.map(({ name, value }) => sql`(${poolId}, ${name}, ${value}, ${sub})`),
  )
  if (indexed.length > 0)
    await db.run(sql`insert into user_index (pool_id, name, value, sub) values ${join(indexed)} on conflict do nothing`)
}
