/** Browsers that were sent to a provider and are to come back: once, within minutes. Kept by the keyed hash of a random state. */
import type { World } from '../../world.ts'
import { insertPending, parkPending, takePendingRow } from './pending-store.ts'

/** AWS: Developer Guide, "Using OIDC identity providers": five minutes for everything. */
const life = 5 * 60_000

export type Pending = {
  /** Name of the provider: an answer of another one is none. */
  readonly provider: string
  /** The name of the domain it began at. */
  readonly domain: string
  /** The query of the app's authorization request. */
  readonly query: string
  /** Keyed hash of the secret in the browser's cookie; undefined where the provider began, as SAML's may. */
  readonly browser?: string | undefined
  readonly nonce?: string | undefined
  /** RFC 7636. */
  readonly verifier?: string | undefined
  /** The id of a SAML request. */
  readonly requestId?: string | undefined
  /** Where the provider was told to answer. */
  readonly redirectUri?: string | undefined
}

const hashOf = (world: World, state: string) => world.seal.mac('federation-state', state).toString('base64url')
const boundTo = (poolId: string, hash: string) => `${poolId}/${hash}`

/** Keeps it; answers the state to send along. */
export async function beginPending(world: World, poolId: string, pending: Pending): Promise<string> {
  const state = world.random(32).toString('base64url')
  const hash = hashOf(world, state)
  await insertPending(world.db, poolId, {
    hash,
    sealed: world.seal.seal('federation', JSON.stringify(pending), boundTo(poolId, hash)),
    expiresAt: world.now() + life,
  })
  return state
}

/**
 * Keeps what a provider posted until the browser, sent on by a redirect, comes for it with its cookie: cookies of ours
 * do not travel with a POST from another site. False if nobody waits for it, or an answer is there already.
 */
export function parkAnswer(world: World, poolId: string, state: string, answer: string): Promise<boolean> {
  const hash = hashOf(world, state)
  const sealed = world.seal.seal('federation-answer', answer, boundTo(poolId, hash))
  return parkPending(world.db, poolId, hash, sealed, world.now())
}

/** Takes it: once. `answer` is what was parked. */
export async function takePending(
  world: World,
  poolId: string,
  state: string,
): Promise<(Pending & { readonly answer?: string }) | undefined> {
  const hash = hashOf(world, state)
  const row = await takePendingRow(world.db, poolId, hash, world.now())
  const plain = row && world.seal.open('federation', row.sealed, boundTo(poolId, hash))
  if (!row || !plain) return undefined
  const answer = row.answer && world.seal.open('federation-answer', row.answer, boundTo(poolId, hash))?.toString()
  return { ...(JSON.parse(plain.toString()) as Pending), ...(answer !== undefined && { answer }) }
}

/** What the browser's cookie is compared with. */
export const browserHash = (world: World, secret: string): string =>
  world.seal.mac('federation-browser', secret).toString('base64url')
