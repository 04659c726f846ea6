/**
 * Telling apps that a user has signed out: a notice for each client that holds tokens of the session and wants to hear,
 * kept until it is delivered. OpenID Connect Back-Channel Logout 1.0.
 */
import { insertJob } from '../../jobs/queue.ts'
import type { World } from '../../world.ts'
import { logoutListeners } from '../oauth-extensions/extensions.ts'
import type { Pool } from '../pools/pool.ts'
import { clientsHolding } from '../tokens/of-browser.ts'
import { makeUuid } from '../tokens/uuid.ts'

export type Notice = {
  readonly poolId: string
  readonly clientId: string
  readonly sub: string
  /** The browser's session that ended; all of the user's if absent. */
  readonly sid?: string | undefined
}

export const noticeKind = 'sign-out'

/**
 * Notes whom to tell that the user's session at a browser has ended, or all that the user had. To be asked before tokens
 * are revoked: afterwards nobody holds any.
 */
export async function noteSignOut(
  world: World,
  pool: Pick<Pool, 'id'>,
  sub: string,
  browserId?: string,
): Promise<void> {
  const listeners = await logoutListeners(world, pool.id)
  if (listeners.size === 0) return
  const holders = await clientsHolding(world, pool, sub, browserId)
  const made = world.now()
  for (const clientId of new Set(holders.map((one) => one.clientId))) {
    if (!listeners.has(clientId)) continue
    const body = JSON.stringify({ poolId: pool.id, clientId, sub, sid: browserId } satisfies Notice)
    await insertJob(world.db, { id: makeUuid(world), kind: noticeKind, target: clientId, body, made })
  }
}
