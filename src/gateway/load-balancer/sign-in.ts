/** A rule's sign-in as a step of a route: who has a session passes with headers, who has none is sent to the provider, refused, or let through without. AWS: "Authenticate users using an Application Load Balancer". */
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import { claimsJwt } from './claims-header.ts'
import { clearCookie, nonceCookie, nonceCookieOf, readCookies, readShards, writeShards } from './cookies.ts'
import { errorPage, SignInError } from './failure.ts'
import { type Ask, type Provider, providerOf } from './provider.ts'
import { openSession, type Session, sealSession } from './session.ts'
import { type Rule, ruleOf, type SignInSettings } from './settings.ts'
import { isSameBrowser, loginMs, nonceHash, openState, type State, sealState } from './state.ts'
import { redeemCode, refreshSession } from './tokens.ts'

/** What goes with a request that may pass: headers to the application, cookies to the browser. */
export type Passed = { readonly headers: Readonly<Record<string, string>>; readonly cookies?: readonly string[] }

export type SignIn = {
  readonly rule: Rule
  /** Whoever is asked is known by the host of the call. */
  enter(call: Call): Promise<Passed | Answer>
  /** The browser's return from the provider; the state is of this rule. */
  comeBack(call: Call, state: State): Promise<Answer>
}

export type Place = {
  readonly world: World
  readonly ask: Ask
  /** The ARN in the claims header. */
  readonly signer: string
}

/** AWS: the one address that a provider may send browsers back to. */
export const returnPath = '/oauth2/idpresponse'

const hostOf = ({ headers }: Call) => (headers['host'] ?? '').toLowerCase()
const originOf = (call: Call) => `${call.secure ? 'https' : 'http'}://${hostOf(call)}`

/** unproved: how long is too long; a URL of this length still passes every browser and server. */
const longestRedirect = 8_192

/** Sessions that were opened lately, by cookie and host: opening costs more than looking. */
const mostKept = 2_000
/** A claims header is sent again while it has this much of its life left. */
const leastLife = 60_000
/** Requests side by side come with the old cookie: they are given the refreshed session for so long. */
const refreshedMs = 60_000

type Kept = {
  readonly session: Session
  header?: { text: string; until: number }
  refreshed?: { readonly until: number; readonly session: Promise<Session | undefined> }
}

const noStore = { 'cache-control': 'no-store', server: 'awselb/2.0' }

const redirect = (location: string, cookies: readonly string[]): Answer => ({
  status: 302,
  headers: { ...noStore, location },
  cookies,
})

export function createSignIn({ world, ask, signer }: Place, settings: SignInSettings): SignIn {
  const rule = ruleOf(settings)
  const kept = new Map<string, Kept>()

  const requireProvider = async (): Promise<Provider> => {
    const provider = await providerOf(world, rule, ask)
    if (!provider) throw new SignInError(500, 'AuthUnhandledException', 'the pool has no such client or domain')
    return provider
  }

  function recall(host: string, sealed: string): Kept | undefined {
    const key = `${host} ${sealed}`
    const known = kept.get(key)
    if (known) return known
    const session = openSession(world, rule, host, sealed)
    if (!session) return undefined
    if (kept.size >= mostKept) kept.delete(kept.keys().next().value as string)
    const fresh = { session }
    kept.set(key, fresh)
    return fresh
  }

  /** 302 to the provider, remembering where the browser wanted to go. */
  async function sendAway(call: Call): Promise<Answer> {
    const provider = await requireProvider()
    const nonce = world.random(12).toString('base64url')
    const host = hostOf(call)
    const target = call.query === '' ? call.path : `${call.path}?${call.query}`
    const state = sealState(world, host, { rule: rule.id, target, nonce: nonceHash(nonce), madeAt: world.now() })
    const url = new URL(provider.authorizationEndpoint)
    const wanted = {
      ...rule.AuthenticationRequestExtraParams,
      client_id: rule.clientId,
      redirect_uri: `${originOf(call)}${returnPath}`,
      response_type: 'code',
      scope: rule.Scope,
      state,
      nonce: nonceHash(nonce),
    }
    for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value)
    if (url.href.length > longestRedirect) return errorPage(507)
    return redirect(url.href, [nonceCookieOf(nonce, call.secure)])
  }

  function headersOf(entry: Kept): Record<string, string> {
    const { session } = entry
    if (!entry.header || entry.header.until - world.now() < leastLife)
      entry.header = claimsJwt(world, session, { client: rule.clientId, signer })
    const { sub } = session.claims
    return {
      'x-amzn-oidc-accesstoken': session.accessToken,
      'x-amzn-oidc-identity': /^[\x21-\x7e]*$/.test(sub) ? sub : encodeURIComponent(sub),
      'x-amzn-oidc-data': entry.header.text,
    }
  }

  /** One refresh for all requests of a session; undefined if the provider said no or did not answer. */
  function refreshOnce(entry: Kept, call: Call): Promise<Session | undefined> {
    const now = world.now()
    if (entry.refreshed && entry.refreshed.until > now) return entry.refreshed.session
    const { refreshToken = '' } = entry.session
    const session = requireProvider()
      .then((provider) => refreshSession({ world, rule, provider, call }, { ...entry.session, refreshToken }))
      .catch((error: unknown) => {
        if (!(error instanceof SignInError)) throw error
        world.log.info({ requestId: call.id, reason: error.reason, detail: error.message }, 'sign-in not refreshed')
        return undefined
      })
    entry.refreshed = { until: now + refreshedMs, session }
    session.then(
      (one) => one === undefined && delete entry.refreshed,
      () => delete entry.refreshed,
    )
    return session
  }

  async function enter(call: Call): Promise<Passed | Answer> {
    const cookies = readCookies(call.headers['cookie'])
    const sealed = readShards(cookies, rule.SessionCookieName)
    const host = hostOf(call)
    const entry = sealed === undefined ? undefined : recall(host, sealed)
    const now = world.now()
    if (!entry) return (await withoutSession[rule.OnUnauthenticatedRequest](call)) ?? { headers: {} }
    // AWS: a session that has expired goes to sign-in, even where others are refused.
    if (entry.session.endsAt <= now) return sendAway(call)
    if (entry.session.accessUntil > now || entry.session.refreshToken === undefined)
      return { headers: headersOf(entry) }
    const refreshed = await refreshOnce(entry, call)
    if (!refreshed) return sendAway(call)
    const written = write(call, refreshed, cookies)
    return { headers: headersOf(recall(host, written.sealed) ?? { session: refreshed }), cookies: written.cookies }
  }

  function isSignedIn(host: string, cookies: ReadonlyMap<string, string>): boolean {
    const sealed = readShards(cookies, rule.SessionCookieName)
    const entry = sealed === undefined ? undefined : recall(host, sealed)
    return entry !== undefined && entry.session.endsAt > world.now()
  }

  const withoutSession: Record<Rule['OnUnauthenticatedRequest'], (call: Call) => Promise<Answer | undefined>> = {
    authenticate: sendAway,
    allow: async () => undefined,
    deny: async () => errorPage(401),
  }

  function write(call: Call, session: Session, before: ReadonlyMap<string, string>) {
    const sealed = sealSession(world, rule, hostOf(call), session)
    const cookies = writeShards(rule.SessionCookieName, sealed, { before, secure: call.secure, now: world.now() })
    if (!cookies) throw new SignInError(500, 'AuthUserinfoResponseSizeExceeded', 'more than four shards')
    return { sealed, cookies }
  }

  /** RFC 6749 4.1.2: the code, or why there is none. */
  async function comeBack(call: Call, state: State): Promise<Answer> {
    const given = new URLSearchParams(call.query)
    const cookies = readCookies(call.headers['cookie'])
    if (world.now() >= state.madeAt + loginMs) throw new SignInError(401, 'AuthInvalidStateParam', 'too late')
    if (!isSameBrowser(state, cookies.get(nonceCookie))) {
      // Another tab was faster: who has a session by now goes where they wanted to, no more than a link would do.
      if (isSignedIn(hostOf(call), cookies)) return redirect(`${originOf(call)}${state.target}`, [])
      throw new SignInError(401, 'AuthInvalidStateParam', 'another browser, or one without cookies')
    }
    const error = given.get('error')
    if (error !== null) throw new SignInError(error === 'access_denied' ? 401 : 561, 'AuthInvalidGrantError', error)
    const code = given.get('code')
    if (!code) throw new SignInError(401, 'AuthMissingCodeParam')
    const session = await redeemCode(
      { world, rule, call, provider: await requireProvider() },
      { code, redirectUri: `${originOf(call)}${returnPath}`, nonce: state.nonce },
    )
    const written = write(call, session, cookies)
    return redirect(`${originOf(call)}${state.target}`, [...written.cookies, clearCookie(nonceCookie, call.secure)])
  }

  return { rule, enter, comeBack }
}

/** Whether a call is a browser's return, wherever routes lead. */
export const isReturn = ({ path }: Pick<Call, 'path'>): boolean => path === returnPath

/** Answers a browser's return by the rule that had sent it away. Refuses with a SignInError. */
export async function answerReturn(world: World, call: Call, signIns: readonly SignIn[]): Promise<Answer> {
  const host = hostOf(call)
  if (host === '') throw new SignInError(401, 'AuthMissingHostHeader')
  const given = new URLSearchParams(call.query).getAll('state')
  if (given.length === 0) throw new SignInError(401, 'AuthMissingStateParam')
  const state = given.length === 1 ? openState(world, host, given[0] ?? '') : undefined
  const signIn = signIns.find(({ rule }) => rule.id === state?.rule)
  if (!state || !signIn) throw new SignInError(401, 'AuthInvalidStateParam', 'not ours')
  return signIn.comeBack(call, state)
}
