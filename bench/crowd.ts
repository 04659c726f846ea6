/** Fills pools with users by the rules' own functions, because a million sign-ups through the wire would take an hour. */
import { join } from 'node:path'
import { openPostgres } from '../src/store/postgres.ts'
import { openSqlite } from '../src/store/sqlite.ts'
import { preparePassword, savePassword } from '../src/user-pools/passwords/set.ts'
import { requirePool } from '../src/user-pools/pools/find.ts'
import { addUser } from '../src/user-pools/users/attributes.ts'
import { newUser } from '../src/user-pools/users/new-user.ts'
import { testWorld } from '../test/support/world.ts'

const batch = 1_000

/** The name of a user of the crowd; their e-mail address is `<name>@example.com`. */
export const nameOf = (index: number): string => `user${String(index).padStart(7, '0')}`

/** Adds confirmed users, all with the one password. Nobody else may have the database open, if it is a file. */
export async function fill(
  where: { readonly data: string; readonly databaseUrl: string | undefined },
  poolId: string,
  count: number,
  password: string,
): Promise<void> {
  const database = where.databaseUrl
    ? await openPostgres(where.databaseUrl)
    : await openSqlite(join(where.data, 'poolhouse.db'))
  const world = await testWorld({ database })
  try {
    const pool = await requirePool(world, poolId)
    // Hashed once for all: an Argon2 hash says nothing of its user. The pool has no client that may use SRP.
    const prepared = await preparePassword(world, pool, { sub: '', username: '' }, password)
    for (let from = 0; from < count; from += batch) {
      await database.transaction(async (db) => {
        for (let index = from; index < Math.min(count, from + batch); index += 1) {
          const name = nameOf(index)
          const email = { email: `${name}@example.com`, email_verified: 'true' }
          const user = newUser(world, pool, name, email, 'CONFIRMED')
          await addUser(db, pool, user, { exists: 'User already exists', now: user.createdAt })
          await savePassword(db, pool, user.sub, prepared, { temporary: false, now: user.createdAt })
        }
      })
    }
  } finally {
    await world.close()
  }
}
