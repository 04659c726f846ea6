/**
 * A browser on its way to a provider and back: the state that the provider is given, and a cookie that ties it to this
 * browser, so that nobody is signed in with an answer that somebody else's browser fetched. RFC 9700 4.7.
 */
import { timingSafeEqual } from 'node:crypto'
import { domainUrl } from '../../user-pools/domains/domain.ts'
import {
  beginPending,
  browserHash,
  type Pending,
  parkAnswer as park,
  takePending,
} from '../../user-pools/federation/pending.ts'
import type { IdentityProvider } from '../../user-pools/federation/provider.ts'
import { cookie, readCookie } from '../cookies.ts'
import { show } from '../refusals.ts'
import type { AuthorizationRequest } from '../request.ts'
import type { Site } from '../site.ts'

export type { Pending }

const browserCookie = 'federation'
/** Longer than any sign-in at a provider may take; the browser keeps one secret for all its tabs. */
const cookieSeconds = 3600

/** Where this site is reached from outside: what a provider was told as our address. No trailing slash. */
export const siteUrl = ({ world, domain, base, call }: Site): string => {
  const url = base ? `${world.settings.publicUrl}${base}` : domainUrl(world.settings, domain)
  return call.secure ? url.replace(/^http:/, 'https:') : url
}

/** Remembers the request; answers the state (SAML: RelayState) for the provider and the cookies for the browser. */
export async function beginState(
  site: Site,
  request: Pick<AuthorizationRequest, 'query'>,
  provider: Pick<IdentityProvider, 'name'>,
  more: Pick<Pending, 'nonce' | 'verifier' | 'requestId' | 'redirectUri'> = {},
): Promise<{ state: string; cookies: string[] }> {
  const { world, pool, domain } = site
  const known = readCookie(site, browserCookie)
  const secret = known && /^[\w-]{43}$/.test(known) ? known : world.random(32).toString('base64url')
  const state = await beginPending(world, pool.id, {
    ...more,
    provider: provider.name,
    domain: domain.name,
    query: request.query,
    browser: browserHash(world, secret),
  })
  return { state, cookies: [cookie(site, browserCookie, secret, cookieSeconds)] }
}

/** For answers that come by POST from the provider's site: keep, then redirect (303) to a GET that calls takeState. */
export const parkAnswer = ({ world, pool }: Site, state: string, answer: string): Promise<boolean> =>
  park(world, pool.id, state, answer)

const staleState = 'Invalid state'

/** What began with that state in this browser at this domain, once; shows the error page otherwise. */
export async function takeState(
  site: Site,
  state: string | undefined,
): Promise<Pending & { readonly answer?: string | undefined }> {
  const { world, pool, domain } = site
  const secret = readCookie(site, browserCookie)
  const taken = state === undefined || state.length > 200 ? undefined : await takePending(world, pool.id, state)
  if (!taken || taken.domain !== domain.name || !sameBrowser(site, taken, secret)) return show(staleState)
  return taken
}

function sameBrowser({ world }: Site, { browser }: Pending, secret: string | undefined): boolean {
  if (browser === undefined || secret === undefined) return false
  const [a, b] = [Buffer.from(browser), Buffer.from(browserHash(world, secret))]
  return a.length === b.length && timingSafeEqual(a, b)
}
