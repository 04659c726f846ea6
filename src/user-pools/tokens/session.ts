/** A token session: what one sign-in began, and whether its tokens are still good. */
import type { User } from '../users/user.ts'

/** Times in epoch milliseconds. */
export type Session = {
  /** The `event_id` of all its tokens. */
  readonly id: string
  readonly sub: string
  readonly clientId: string
  readonly originJti: string
  /** When the user proved who they are; a refresh does not change it. */
  readonly authTime: number
  readonly startedAt: number
  /** How often its user had been signed out everywhere when it began. */
  readonly signOuts: number
  /** The end of the refresh token's life. */
  readonly expiresAt: number
  readonly revokedAt: number | undefined
  /** What it is listed by; only where the pool tracks sessions. */
  readonly trackedId?: string | undefined
  /** The device it began on; only where the pool tracks devices. */
  readonly deviceKey?: string | undefined
  /** Space-separated; only where it began at the OAuth endpoints. */
  readonly scope?: string | undefined
  /** The URL that its access tokens are for. RFC 8707. */
  readonly resource?: string | undefined
  /** The session of the browser that it came from. */
  readonly browserId?: string | undefined
  /** The key that its refresh token is bound to: the thumbprint. RFC 9449 5. */
  readonly dpopJkt?: string | undefined
  /** The level that the sign-in reached, and the factors that it proved: AWS keeps both over refreshes. */
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
}

/** Where a request came from, as far as it is known. */
export type Origin = { readonly address: string; readonly userAgent: string }

/** What a tracked session shows of its latest activity. */
export type Activity = {
  readonly at: number
  readonly address: string | undefined
  readonly deviceType: string
}

/** A session as it is listed, where the pool tracks sessions. Times in epoch milliseconds. */
export type TrackedSession = {
  /** The `event_id` of its tokens. */
  readonly id: string
  /** What it is listed and revoked by: `tkn` and 25 letters and digits. */
  readonly trackedId: string
  readonly clientId: string
  /** The session of the browser that it came from. */
  readonly browserId: string | undefined
  readonly createdAt: number
  readonly activeAt: number
  readonly address: string | undefined
  readonly deviceType: string
}

/** Why the tokens of a session are good no more. */
export type Ended = 'revoked' | 'disabled' | 'deleted'

/** The rule: deletion outweighs disabling, which outweighs revocation. */
export function endOf(user: User | undefined, session: Session | undefined): Ended | undefined {
  if (!user) return 'deleted'
  if (!user.enabled) return 'disabled'
  if (!session || session.sub !== user.sub || session.revokedAt !== undefined) return 'revoked'
  return session.signOuts === user.signOuts ? undefined : 'revoked'
}
