/** Making and changing IAM's users, within the quotas and with the refusals of IAM. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { uniqueId } from '../ids.ts'
import { bind, letGo } from '../policies/attachments.ts'
import { quotas } from '../policies/documents.ts'
import { checkTags, mergeTags, mostTags, sameKey, type Tag } from '../tags.ts'
import { noSuchUser, requireUser } from './find.ts'
import { countUsers, insertUser, readNameOwner, removeUser, updateUser } from './store.ts'
import type { User } from './user.ts'

export type NewUser = Pick<User, 'name'> &
  Partial<Pick<User, 'path' | 'tags'>> & {
    /** The ARN of the policy that is to bound the user. */
    boundary?: string
  }

const taken = (name: string): never => fail('EntityAlreadyExistsException', `User with name ${name} already exists.`)

export async function createUser(world: World, { name, path = '/', tags = [], boundary }: NewUser): Promise<User> {
  checkTags(tags)
  const made: User = {
    id: uniqueId(world, 'AIDA'),
    name,
    path,
    tags: mergeTags([], tags),
    createdAt: world.now(),
  }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (!(await insertUser(db, account, made))) taken(name)
    if (boundary !== undefined) await bind(world, db, made.id, boundary)
    if ((await countUsers(db, account)) > quotas.usersPerAccount) {
      fail('LimitExceededException', `Cannot exceed quota for UsersPerAccount: ${quotas.usersPerAccount}`)
    }
  })
  return made
}

/** Moves or renames: the unique id stays, and with it everything that hangs on it. */
export async function changeUser(
  world: World,
  user: User,
  change: Partial<Pick<User, 'name' | 'path'>>,
): Promise<void> {
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    if (change.name !== undefined) {
      const owner = await readNameOwner(db, account, change.name)
      if (owner !== undefined && owner !== user.id) taken(change.name)
    }
    if (!(await updateUser(db, account, user.id, change))) noSuchUser(user.name)
  })
}

/** Something that a user may have, and what must be done with it before the user can go. */
export type Belonging = {
  readonly loss: string
  has(world: Pick<World, 'db' | 'settings'>, userId: string): Promise<boolean>
}

/** Refuses while the user has anything. */
export async function deleteUser(world: World, user: User, belongings: readonly Belonging[]): Promise<void> {
  const { settings } = world
  await world.db.transaction(async (db) => {
    for (const { loss, has } of belongings) {
      if (await has({ db, settings }, user.id)) {
        fail('DeleteConflictException', `Cannot delete entity, must ${loss} first.`)
      }
    }
    await letGo(db, settings.account, user.id)
    if (!(await removeUser(db, settings.account, user.id))) noSuchUser(user.name)
  })
}

export async function tagUser(world: World, user: User, tags: readonly Tag[]): Promise<void> {
  checkTags(tags)
  await changeTags(world, user, (before) => mergeTags(before, tags))
}

/** Keys that the user does not have are no error. */
export const untagUser = (world: World, user: User, keys: readonly string[]): Promise<void> =>
  changeTags(world, user, (before) => before.filter(({ Key }) => !keys.some((key) => sameKey(key, Key))))

const changeTags = (world: World, user: User, change: (before: readonly Tag[]) => Tag[]) =>
  world.db.transaction(async (db) => {
    const { account } = world.settings
    const tags = change((await requireUser(db, account, user)).tags)
    if (tags.length > mostTags) fail('LimitExceededException', `Cannot exceed quota for TagsPerUser: ${mostTags}`)
    await updateUser(db, account, user.id, { tags })
  })
