/** Making and changing access keys, and noting their use. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { longTermKeyId } from '../ids.ts'
import { quotas } from '../policies/documents.ts'
import { requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { type AccessKey, isActive } from './access-key.ts'
import { insertKey, readKey, readKeys, removeKey, updateKey } from './store.ts'

/** A new key; its secret is shown once. */
export async function createKey(world: World, user: User): Promise<AccessKey & { readonly secret: string }> {
  const { account } = world.settings
  const secret = world.random(30).toString('base64')
  const key = { id: longTermKeyId(world), userId: user.id, createdAt: world.now() }
  await world.db.transaction(async (db) => {
    await requireUser(db, account, user)
    if ((await readKeys(db, account, user.id)).length >= quotas.keysPerUser) {
      fail('LimitExceededException', `Cannot exceed quota for AccessKeysPerUser: ${quotas.keysPerUser}`)
    }
    await insertKey(db, world.seal, account, key, secret)
  })
  return { ...key, active: true, lastUsed: undefined, secret }
}

export const noSuchKey = (id: string): never =>
  fail('NoSuchEntityException', `The Access Key with id ${id} cannot be found.`)

export const keysOf = (world: Pick<World, 'db' | 'settings'>, userId: string): Promise<AccessKey[]> =>
  readKeys(world.db, world.settings.account, userId)

/** The key, whoever it belongs to, or undefined. */
export const keyById = (world: Pick<World, 'db' | 'seal' | 'settings'>, id: string): Promise<AccessKey | undefined> =>
  readKey(world.db, world.seal, world.settings.account, id)

export async function setStatus(world: World, user: User, id: string, status: string): Promise<void> {
  if (!(await updateKey(world.db, world.settings.account, user.id, id, isActive(status)))) noSuchKey(id)
}

export async function deleteKey(world: World, user: User, id: string): Promise<void> {
  if (!(await removeKey(world.db, world.settings.account, user.id, id))) noSuchKey(id)
}
