/** Whose an access key is: for the check of signatures. */
import type { PolicySource } from '../../wire/caller.ts'
import type { World } from '../../world.ts'
import { currentPrincipal } from '../principals/find.ts'
import type { Tag } from '../tags.ts'
import { userArn } from '../users/user.ts'
import { readKey } from './store.ts'

/** A user of IAM with what it may do now, its groups' policies included. */
export type KeyOwner = {
  readonly id: string
  readonly name: string
  readonly path: string
  readonly arn: string
  readonly tags: readonly Tag[]
  readonly policies: readonly PolicySource[]
  readonly boundary: PolicySource | undefined
}

/** The secret and the owner of a long-term key, or undefined. A key that is not active signs nothing. */
export async function findAccessKey(
  world: Pick<World, 'db' | 'seal' | 'settings'>,
  accessKeyId: string,
): Promise<{ readonly secret: string; readonly active: boolean; readonly user: KeyOwner } | undefined> {
  if (!accessKeyId.startsWith('AKIA')) return undefined
  const key = await readKey(world.db, world.seal, world.settings.account, accessKeyId)
  const user = key && (await findKeyOwner(world, key.userId))
  return user && { secret: key.secret, active: key.active, user }
}

/** The user with that unique id as it is now, for sessions that it began; undefined once it is gone. */
export async function findKeyOwner(
  world: Pick<World, 'db' | 'settings'>,
  userId: string,
): Promise<KeyOwner | undefined> {
  const now = await currentPrincipal(world, userId)
  return now && { id: userId, arn: userArn(world.settings, now), ...now }
}
