/**
 * Authorization codes: what a user's consent to a client lives in for five minutes, good once. RFC 6749 4.1.2.
 * Only a keyed hash is stored. A code that comes twice ends the session it began (RFC 9700 4.5).
 */
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import type { Pool } from '../pools/pool.ts'
import { endSession } from '../tokens/find-session.ts'
import type { Authentication } from '../tokens/levels.ts'
import { makeUuid } from '../tokens/uuid.ts'
import type { User } from '../users/user.ts'
import { insertCode, markReplayed, takeCode, wasReplayed } from './store.ts'

/** AWS: quotas, "Authorization code validity". */
const life = 5 * 60_000

/** What the code stands for. Times in epoch milliseconds. */
export type Authorization = {
  /** As the request named it; undefined where it named none. */
  readonly redirectUri: string | undefined
  readonly scope: string
  readonly nonce: string | undefined
  /** S256 of RFC 7636. */
  readonly challenge: string | undefined
  readonly resource: string | undefined
  readonly authTime: number
  /** How the user proved who they are. */
  readonly authentication?: Authentication | undefined
  /** The session of the browser that it went to. */
  readonly browserId?: string | undefined
  /** The key that the tokens must be bound to. RFC 9449 10. */
  readonly jkt?: string | undefined
  /** How often the user had been signed out everywhere when they agreed. */
  readonly signOuts: number
}

type Holder = { readonly pool: Pool; readonly client: Client }

const hashOf = (world: World, code: string) => world.seal.mac('authorization-code', code).toString('base64url')

/** A new code: a UUID, as AWS's are. */
export async function issueCode(
  world: World,
  { pool, client }: Holder,
  user: User,
  granted: Omit<Authorization, 'signOuts'>,
): Promise<string> {
  const code = makeUuid(world)
  const { signOuts } = user
  await insertCode(world.db, pool.id, {
    hash: hashOf(world, code),
    clientId: client.id,
    sub: user.sub,
    sessionId: makeUuid(world),
    state: JSON.stringify({ ...granted, signOuts }),
    expiresAt: world.now() + life,
  })
  return code
}

export type Redeemed = Authorization & {
  readonly sub: string
  readonly sessionId: string
  /**
   * To be asked after the session began: true if the code came again meanwhile, and the session is ended. Whoever comes
   * second either finds the session and ends it, or is found here.
   */
  replayed(): Promise<boolean>
}

/** Redeems a code of that client's: once, whatever becomes of the request. Undefined if it is not good. */
export async function redeemCode(world: World, { pool, client }: Holder, code: string): Promise<Redeemed | undefined> {
  const hash = hashOf(world, code)
  const taken = await takeCode(world.db, pool.id, hash, client.id, world.now())
  if (!taken) {
    const begun = await markReplayed(world.db, pool.id, hash, client.id, world.now())
    if (begun !== undefined) await endSession(world, pool, begun)
    return undefined
  }
  return {
    ...(JSON.parse(taken.state) as Authorization),
    sub: taken.sub,
    sessionId: taken.sessionId,
    async replayed() {
      const again = await wasReplayed(world.db, pool.id, hash)
      if (again) await endSession(world, pool, taken.sessionId)
      return again
    },
  }
}
