/** Finding IAM's users by the names that callers use. */
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Owner } from '../policies/attachments.ts'
import { readUser, readUsers, readUsersById } from './store.ts'
import { readUserArn, type User } from './user.ts'

type Reading = Pick<World, 'db' | 'settings'>

/** The user of that ARN or name, or undefined. An ARN with another account or another path is no user of ours. */
export async function findUser(world: Reading, nameOrArn: string): Promise<User | undefined> {
  const { account } = world.settings
  if (!nameOrArn.startsWith('arn:')) return readUser(world.db, account, nameOrArn)
  const wanted = readUserArn(nameOrArn)
  if (wanted?.account !== account) return undefined
  const user = await readUser(world.db, account, wanted.name)
  return user?.path === wanted.path ? user : undefined
}

export const noSuchUser = (name: string): never =>
  fail('NoSuchEntityException', `The user with name ${name} cannot be found.`)

/** The users with these ids, in no order. */
export const usersById = (world: Reading, ids: readonly string[]): Promise<User[]> =>
  readUsersById(world.db, world.settings.account, ids)

/** The user as it is inside a transaction; refuses if it is gone or another of that name took its place. */
export async function requireUser(db: Db, account: string, user: Pick<User, 'id' | 'name'>): Promise<User> {
  const [now] = await readUsersById(db, account, [user.id])
  return now ?? noSuchUser(user.name)
}

/** The user as policies see it. */
export const userOwner = ({ settings: { account } }: Pick<World, 'settings'>, { id, name }: User): Owner => ({
  kind: 'user',
  id,
  name,
  require: (db) => requireUser(db, account, { id, name }),
})

/** All of them, by folded name after the given one. */
export const listUsers = (world: Reading, after: string, limit: number): Promise<User[]> =>
  readUsers(world.db, world.settings.account, { prefix: '/', after, limit })
