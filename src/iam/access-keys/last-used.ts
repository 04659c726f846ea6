/** Notes when, where and for what a user's access key was used: for GetAccessKeyLastUsed. */
import type { Caller } from '../../wire/caller.ts'
import type { World } from '../../world.ts'
import { updateLastUsed } from './store.ts'

/** A key in use is noted at most so often by each process: a request must not cost a write. */
const pause = 300_000
const mostKnown = 10_000
const noted = new WeakMap<object, Map<string, number>>()

/** For those who check signatures, once one is right. What cannot be noted hinders nobody. */
export async function noteUse(
  world: Pick<World, 'db' | 'now' | 'settings' | 'log'>,
  { kind, accessKeyId, issuedAt }: Caller,
  region: string,
  service: string,
): Promise<void> {
  if (kind !== 'user' || issuedAt !== undefined) return
  const at = world.now()
  const known = noted.get(world.db) ?? new Map<string, number>()
  noted.set(world.db, known)
  if (at - (known.get(accessKeyId) ?? 0) < pause) return
  if (known.size >= mostKnown) known.clear()
  known.set(accessKeyId, at)
  try {
    await updateLastUsed(world.db, world.settings.account, accessKeyId, { at, service, region })
  } catch (error) {
    world.log.warn({ err: error, accessKeyId }, 'The use of an access key was not noted.')
  }
}
