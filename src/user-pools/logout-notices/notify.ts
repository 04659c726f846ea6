/**
 * Telling apps that a user has signed out: a notice for each client that holds tokens of the session and wants to hear,
 * kept until it is delivered. OpenID Connect Back-Channel Logout 1.0.
 */
import type { World } from '../../world.ts'
import { logoutListeners } from '../oauth-extensions/extensions.ts'
import type { Pool } from '../pools/pool.ts'
import { clientsHolding } from '../tokens/of-browser.ts'
import { makeUuid } from '../tokens/uuid.ts'
import { insertNotice } from './store.ts'

/** An app that has not listened by then has other worries. */
const keep = 86_400_000

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
  const now = world.now()
  for (const clientId of new Set(holders.map((one) => one.clientId))) {
    if (!listeners.has(clientId)) continue
    const notice = { poolId: pool.id, id: makeUuid(world), clientId, sub, sid: browserId }
    await insertNotice(world.db, { ...notice, at: now, until: now + keep })
  }
}
