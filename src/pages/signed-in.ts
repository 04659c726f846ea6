/** Pages for somebody who is signed in already, by this browser's session: whoever is not, signs in first. */
import { readCookie, sessionCookie } from '../oauth/cookies.ts'
import { findBrowserSession, type SignedIn } from '../user-pools/authorizations/browser.ts'
import type { Answer } from '../wire/http.ts'
import { goTo, type Note, type Visit } from './page.ts'

/** Who has this browser's session; undefined if nobody, or not since `seconds`. */
export async function whoIsHere({ site, request }: Visit, seconds?: number): Promise<SignedIn | undefined> {
  const { world, pool, domain } = site
  const token = readCookie(site, sessionCookie)
  const place = { pool, domain: domain.name }
  const found = token === undefined ? undefined : await findBrowserSession(world, place, request.client, token)
  const stale = found && seconds !== undefined && world.now() - found.authTime > seconds * 1000
  return stale ? undefined : found
}

export const signInFirst = (visit: Visit, next: NonNullable<Note['next']>): Answer => goTo(visit, '/login', { next })
