/** An identity: who somebody is to one identity pool, whichever way they signed in. */
import { makeUuid } from '../../user-pools/tokens/uuid.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'

export type Identity = {
  readonly poolId: string
  readonly id: string
  /**
   * A guest has never had a login. A user has, and is not a guest again when the last one is gone. A merged identity is
   * what AWS calls disabled: its logins are another's.
   */
  readonly kind: 'guest' | 'user' | 'merged'
  /** Which identity has the logins of a merged one. */
  readonly mergedInto: string | undefined
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** A user of a provider, as an identity remembers them: the canonical name of the provider, and its id of the user. */
export type Login = {
  readonly provider: string
  readonly userId: string
  /** Of the pool's own developer provider, which vouches for its users by signed calls. An identity may have several. */
  readonly developer?: true
}

/** An identity and the logins that it has now. */
export type Linked = Identity & { readonly logins: readonly Login[] }

export const newIdentityId = (world: Pick<World, 'random'>, pool: Pick<Pool, 'region'>): string =>
  `${pool.region}:${makeUuid(world)}`
