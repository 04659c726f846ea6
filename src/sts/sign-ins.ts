/**
 * The sign-ins at user pools of this server that credentials came from. Where an identity pool asks its user pools
 * (ServerSideTokenCheck), credentials die with the sign-in: when it is revoked, and when the user is disabled or deleted.
 */
import { findPool } from '../user-pools/pools/find.ts'
import { liveSession } from '../user-pools/tokens/find-session.ts'
import type { World } from '../world.ts'

export type SignIn = { readonly userPoolId: string; readonly sub: string; readonly eventId: string }

/** Whether all of them live. */
export async function signInsLive(world: World, signIns: readonly SignIn[]): Promise<boolean> {
  for (const { userPoolId, sub, eventId } of signIns) {
    const pool = await findPool(world, userPoolId)
    if (!pool || 'ended' in (await liveSession(world, pool, { sub, event_id: eventId }))) return false
  }
  return true
}
