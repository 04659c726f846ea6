/** What every view is given, and what a view is. */
import type { Config } from './config.ts'
import type { Session } from './session.ts'
import type { Storage } from './storage.ts'

export type App = {
  readonly config: Config
  storage: Storage
  session: Session
  /** The address typed last: nobody types it twice on the way from one form to another. */
  address: string
  /** An account on its way: address and password live here, in memory, between its steps. */
  pending: { email: string; password?: string } | undefined
  /** Shows another view. */
  go(route: string): void
  /** Asks again who is here, then shows the view. */
  enter(route: string): Promise<void>
}

export type View = {
  readonly title: string
  /** Who may see it; the others are sent to their own first view. */
  readonly whom: 'user' | 'guest' | 'everybody'
  show(app: App): HTMLElement
}

/** One's own folder in the bucket. */
export const folderOf = (identityId: string): string => `users/${identityId}/`
