/**
 * What every page has: the frame, headers that keep it closed, the token against forged forms, and a note from one page
 * to the next. Pages work without scripts; a form is always answered by a redirect, so that nothing is posted twice.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { cookie, readCookie } from '../oauth/cookies.ts'
import { type Parameters, readParameters } from '../oauth/parameters.ts'
import { noStore, redirect } from '../oauth/refusals.ts'
import { type AuthorizationRequest, type OwnPage, readRequest } from '../oauth/request.ts'
import type { Site } from '../oauth/site.ts'
import { readBody } from '../wire/body.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { type Html, html } from './html.ts'
import { plainLook } from './looks/classic.ts'
import type { Look } from './looks/look.ts'
import { dress } from './looks/of-client.ts'
import { direction, type Text } from './text/text.ts'

/** Asks an unsigned operation of the API, checked as a request from outside. */
export type Api = (site: Site, operation: string, input: object) => Promise<unknown>

/** A visit to a page that belongs to an authorization request. */
export type Visit = {
  readonly site: Site
  readonly api: Api
  readonly text: Text
  readonly look: Look
  readonly request: AuthorizationRequest
  /** What an earlier page left. */
  readonly note: Note
}

/** What one page tells the next: in a sealed cookie of this browser, and in the forms of the page that was shown it. */
export type Note = {
  readonly error?: string | undefined
  readonly notice?: string | undefined
  /** As typed. */
  readonly username?: string | undefined
  /** Who signed up in this browser: confirmed by their code, they are signed in. */
  readonly signedUp?: string | undefined
  /** Where a code went, masked. */
  readonly sentTo?: string | undefined
  /** By which medium, as the API names it. */
  readonly sentBy?: string | undefined
  /** The challenge of a sign-in that waits. */
  readonly challenge?:
    | { readonly name: string; readonly session: string; readonly parameters: Readonly<Record<string, string>> }
    | undefined
  /** Which address of the user's a code is to prove, on their account page. */
  readonly verify?: 'email' | 'phone_number' | undefined
  /** The seed of an authenticator app that is being set up there. */
  readonly secret?: string | undefined
  /** A page of ours that is wanted after the sign-in, before the app. */
  readonly next?: OwnPage | undefined
}

const csrfCookie = 'XSRF-TOKEN'
const noteCookie = 'page-data'
/** AWS: an interactive sign-in must be finished in five minutes. */
const noteSeconds = 300
/** AWS: the language that was chosen is remembered; unproved: for how long. */
const langSeconds = 365 * 86_400

/** What the note and the token are good for: this domain, and for the note this client. */
const boundTo = ({ pool, domain }: Site, client = '') => `${pool.id}/${domain.name}/${client}`

function openNote(site: Site, sealed: string | undefined, bound: string): Note | undefined {
  const plain = sealed && site.world.seal.open('hosted-note', sealed, bound)
  if (!plain) return undefined
  const { until, ...note } = JSON.parse(plain.toString()) as Note & { until: number }
  return until > site.world.now() ? note : undefined
}

function sealNote({ world }: Site, note: Note, bound: string): string {
  const until = world.now() + noteSeconds * 1000
  return world.seal.seal('hosted-note', JSON.stringify({ ...note, until }), bound)
}

const noteFor = ({ site, request }: Pick<Visit, 'site' | 'request'>, note: Note): string =>
  cookie(site, noteCookie, sealNote(site, note, boundTo(site, request.client.id)), noteSeconds)

export const forgetNote = (site: Site): string => cookie(site, noteCookie, '', 0)

/** A form of one tab is answered by what its page knew, whatever the other tabs have come to since. */
const tabBound = (site: Site, client: string, token: string) => `${boundTo(site, client)}/${token}`

export async function openVisit(site: Site, api: Api, form?: Parameters): Promise<Visit> {
  const request = await readRequest(site)
  const { id } = request.client
  const token = readCookie(site, csrfCookie)
  const ofTab = form && token !== undefined && openNote(site, form.get('_state'), tabBound(site, id, token))
  const note = ofTab || (openNote(site, readCookie(site, noteCookie), boundTo(site, id)) ?? {})
  return { site, api, request, note, ...(await dress(site, request.client.id)) }
}

/** The token of this browser at this domain: made by us, which a neighbouring host that plants cookies cannot do. */
function csrfToken(site: Site): { token: string; cookies: string[] } {
  const known = readCookie(site, csrfCookie)
  if (known !== undefined && isOurs(site, known)) return { token: known, cookies: [] }
  const random = site.world.random(16).toString('base64url')
  const token = `${random}.${csrfMac(site, random)}`
  return { token, cookies: [cookie(site, csrfCookie, token)] }
}

const csrfMac = (site: Site, random: string) =>
  site.world.seal.mac('hosted-csrf', `${boundTo(site)}/${random}`).toString('base64url')

const same = (a: string, b: string) => {
  const [x, y] = [Buffer.from(a), Buffer.from(b)]
  return x.length === y.length && timingSafeEqual(x, y)
}

function isOurs(site: Site, token: string): boolean {
  const [random = '', mac = ''] = token.split('.')
  return random.length === 22 && same(mac, csrfMac(site, random))
}

const longestForm = 32_768

/** The form of a POST, from a page of ours in this browser; undefined for any other. */
export async function readPosted(site: Site): Promise<Parameters | undefined> {
  const { call } = site
  // Fetch Metadata: browsers say themselves that another site made them post.
  const from = call.headers['sec-fetch-site']
  const form = readParameters((await readBody(call, longestForm)).toString())
  const [token, known] = [form.get('_csrf'), readCookie(site, csrfCookie)]
  const right = token !== undefined && known !== undefined && same(token, known) && isOurs(site, known)
  return right && !form.repeated && (from === undefined || from === 'same-origin') ? form : undefined
}

/** To another page of the same request, with something to remember. */
export const goTo = (
  visit: Pick<Visit, 'site' | 'request'>,
  path: string,
  note: Note,
  cookies: string[] = [],
): Answer => redirect(linkTo(visit, path), 303, [noteFor(visit, note), ...cookies])

export const linkTo = ({ site, request }: Pick<Visit, 'site' | 'request'>, path: string): string =>
  `${site.base}${path}?${request.query}`

/**
 * Where forms of the page may lead: here, and by redirects to the app and wherever that sends its people on. Browsers hold
 * the whole way to it, and only the app knows where it ends.
 */
function formTargets(request: AuthorizationRequest | undefined): string {
  if (!request) return "'self'"
  return ["'self'", ...new Set(['https:', new URL(request.redirectUri).protocol])].join(' ')
}

const hashes = new WeakMap<Look, string>()

/** The style sheet is named to the browser by its hash, so that no other may apply. */
function styleHash(look: Look): string {
  const known = hashes.get(look) ?? `'sha256-${createHash('sha256').update(look.css).digest('base64')}'`
  hashes.set(look, known)
  return known
}

type Extras = {
  /** One script of our own, by its path. */
  readonly script?: string
  readonly nonce?: string
  readonly wide?: boolean
}

function headers(look: Look, request?: AuthorizationRequest, { nonce }: Extras = {}): Record<string, string> {
  const policy = [
    "default-src 'none'",
    `style-src ${styleHash(look)}`,
    ...(look.images ? ["img-src 'self'"] : []),
    ...(nonce === undefined ? [] : [`script-src 'nonce-${nonce}'`]),
    `form-action ${formTargets(request)}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ]
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': policy.join('; '),
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    ...noStore,
  }
}

const frame = (text: Text, look: Look, title: string, content: Html, { script, nonce, wide }: Extras = {}): string =>
  `<!doctype html>\n${
    html`<html lang="${text.lang}" dir="${direction(text.lang)}"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">${look.icons}<style>${{ html: look.css }}</style>${
      script !== undefined && html`<script src="${script}" nonce="${nonce ?? ''}" defer></script>`
    }</head>
<body class="background-customizable">${look.header}<main${wide && { html: ' class="wide"' }}><div class="card">${look.top}
<h1>${title}</h1>
${content}
${look.bottom}</div></main>${look.footer}</body></html>
`.html
  }`

/** A page outside any request. */
export const plainPage = (status: number, text: Text, title: string, content: Html, look = plainLook): Answer => ({
  status,
  headers: headers(look),
  body: frame(text, look, title, content),
})

/** Shown once, above whatever the page is about. */
const told = ({ error, notice }: Note): Html =>
  html`${
    error !== undefined && html`<p class="error errorMessage-customizable" role="alert">${error}</p>`
  }${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}`

/** A page of the visit. `content` is given the hidden fields that its forms carry. */
export function render(
  visit: Visit,
  title: string,
  content: (hidden: Html) => Html,
  extras: Omit<Extras, 'nonce'> = {},
): Answer {
  const { site, note, text, look, request } = visit
  const { token, cookies } = csrfToken(site)
  const { error, notice, ...kept } = note
  const anythingTold = error !== undefined || notice !== undefined
  const state = sealNote(site, kept, tabBound(site, request.client.id, token))
  const hidden = html`<input type="hidden" name="_csrf" value="${token}"><input type="hidden" name="_state" value="${state}">`
  const { script } = extras
  const scripted = script !== undefined && {
    script: `${site.base}${script}`,
    nonce: site.world.random(16).toString('base64url'),
  }
  const asked = readParameters(site.call.query).get('lang')
  const speaks = asked !== undefined && readCookie(site, 'lang') !== text.lang
  return {
    status: 200,
    headers: headers(look, request, { ...extras, ...scripted }),
    cookies: [
      ...cookies,
      ...(anythingTold ? [noteFor(visit, kept)] : []),
      ...(speaks ? [cookie(site, 'lang', text.lang, langSeconds)] : []),
    ],
    body: frame(text, look, title, html`${told(note)}${content(hidden)}`, { ...extras, ...scripted }),
  }
}

type Failures = Text['failures']

const sentences: Readonly<Record<string, keyof Failures>> = {
  AliasExistsException: 'exists',
  CodeDeliveryFailureException: 'notDelivered',
  CodeMismatchException: 'code',
  EnableSoftwareTokenMFAException: 'code',
  ExpiredCodeException: 'expired',
  LimitExceededException: 'tooMany',
  PasswordResetRequiredException: 'reset',
  TooManyFailedAttemptsException: 'tooMany',
  TooManyRequestsException: 'tooMany',
  UserNotConfirmedException: 'unconfirmed',
  UsernameExistsException: 'exists',
}

/** The API says these better than we can, but says them in English. */
const elsewhere: Readonly<Record<string, keyof Failures>> = {
  InvalidParameterException: 'input',
  InvalidPasswordException: 'password',
  PasswordHistoryPolicyViolationException: 'password',
}

/** A pool's function may say more than a cookie holds. */
const longestSentence = 300

/** What a refusal is called on a page; the API's own sentence where the pages have none. Rethrows what is none. */
export function phrase(text: Text, error: unknown): string {
  if (!(error instanceof AwsError)) throw error
  if (error.message === 'Password attempts exceeded') return text.failures.locked
  const name = sentences[error.code] ?? (text.lang === 'en' ? undefined : elsewhere[error.code])
  return name === undefined ? error.message.slice(0, longestSentence) : text.failures[name]
}
