/** The session of somebody signed in: what the cookie holds, how long it lasts, how it is sealed. */
import type { World } from '../../world.ts'
import { openRecent, sealToday } from './keys.ts'
import type { Rule } from './settings.ts'

export type Session = {
  readonly issuer: string
  /** Of the user-info endpoint. */
  readonly claims: Readonly<Record<string, unknown>> & { readonly sub: string }
  readonly accessToken: string
  readonly refreshToken?: string
  /** Epoch milliseconds: when the access token expires, and when the session ends whatever the tokens say. */
  readonly accessUntil: number
  readonly endsAt: number
}

const purpose = 'load-balancer-session'

/** A session is good for its rule and its host; names and ports of hosts are told apart. */
const boundTo = ({ id }: Pick<Rule, 'id'>, host: string) => `${id} ${host}`

export const sealSession = (
  world: Pick<World, 'seal' | 'now'>,
  rule: Pick<Rule, 'id'>,
  host: string,
  session: Session,
): string => sealToday(world, purpose, JSON.stringify(session), boundTo(rule, host))

/** Undefined for a cookie that is none of ours, of another rule or host, or too old. It may have ended. */
export function openSession(
  world: Pick<World, 'seal' | 'now'>,
  rule: Pick<Rule, 'id'>,
  host: string,
  sealed: string,
): Session | undefined {
  const text = openRecent(world, purpose, sealed, boundTo(rule, host))
  return text === undefined ? undefined : (JSON.parse(text) as Session)
}

/** AWS: claims and access token together; more is refused with 500. */
export const mostClaimBytes = 11 * 1024

export const isTooLarge = ({ claims, accessToken }: Pick<Session, 'claims' | 'accessToken'>): boolean =>
  Buffer.byteLength(JSON.stringify(claims)) + Buffer.byteLength(accessToken) > mostClaimBytes
