/** Notes when, where and for what a user's access key was used: for GetAccessKeyLastUsed. */
import type { World } from '../../world.ts'
import type { AccessKey } from './access-key.ts'
import { updateLastUsed } from './store.ts'

export async function noteKeyUse(
  { db, settings }: Pick<World, 'db' | 'settings'>,
  accessKeyId: string,
  use: NonNullable<AccessKey['lastUsed']>,
): Promise<void> {
  await updateLastUsed(db, settings.account, accessKeyId, use)
}
