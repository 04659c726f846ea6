/** The state of one attempt to sign in: sealed, for one rule, host and browser, good for fifteen minutes. RFC 6749 10.12. */
import { hash, timingSafeEqual } from 'node:crypto'
import type { World } from '../../world.ts'
import { openRecent, sealToday } from './keys.ts'

export type State = {
  /** Of the rule that sent the browser away. */
  readonly rule: string
  /** Where the browser wanted to go: path and query. */
  readonly target: string
  /** Hash of the nonce in the browser's cookie. */
  readonly nonce: string
  readonly madeAt: number
}

/** AWS: "the client must complete the login within 15 minutes". */
export const loginMs = 15 * 60_000

const purpose = 'load-balancer-state'

/** What the provider is told, and puts into its ID token: it lets nobody make the cookie. */
export const nonceHash = (nonce: string): string => hash('sha256', `nonce ${nonce}`, 'base64url')

export const sealState = (world: World, host: string, state: State): string =>
  sealToday(world, purpose, JSON.stringify(state), host)

export function openState(world: World, host: string, sealed: string): State | undefined {
  const text = openRecent(world, purpose, sealed, host, 1)
  return text === undefined ? undefined : (JSON.parse(text) as State)
}

/** Whether the browser is the one that was sent away. */
export function isSameBrowser({ nonce }: State, cookie: string | undefined): boolean {
  const [wanted, given] = [Buffer.from(nonce), Buffer.from(nonceHash(cookie ?? ''))]
  return cookie !== undefined && wanted.length === given.length && timingSafeEqual(wanted, given)
}
