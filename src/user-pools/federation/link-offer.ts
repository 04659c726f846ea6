/** Taking up the offer of a provider whose policy is `ask`: whoever just signed in to the account links it. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { findProvider } from './find.ts'
import { addIdentity } from './identity.ts'
import { linkingPolicy } from './linking-policy.ts'
import { identityOf } from './sign-in.ts'

/** Nothing happens where the provider is gone or asks no more, or the subject opens an account by now. */
export async function offerLink(
  world: World,
  pool: Pool,
  offer: {
    readonly provider: string
    readonly subject: string
    readonly issuer?: string | undefined
    readonly sub: string
  },
): Promise<void> {
  const provider = await findProvider(world, pool, offer.provider)
  if (!provider || linkingPolicy(provider) !== 'ask') return
  const now = world.now()
  await world.db.transaction((db) => addIdentity(db, pool, identityOf(provider, offer, offer.sub, false, now), now))
}
