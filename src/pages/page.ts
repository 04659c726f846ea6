/**
 * What every page has: the frame, headers that keep it closed, the token against forged forms, and a note from one page
 * to the next. Pages work without scripts; a form is always answered by a redirect, so that nothing is posted twice.
 */
import { timingSafeEqual } from 'node:crypto'
import { cookie, readCookie } from '../oauth/cookies.ts'
import { type Parameters, readParameters } from '../oauth/parameters.ts'
import { noStore, redirect } from '../oauth/refusals.ts'
import { type AuthorizationRequest, readRequest } from '../oauth/request.ts'
import type { Site } from '../oauth/site.ts'
import { readBody } from '../wire/body.ts'
import { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import { type Html, html } from './html.ts'
import { style, styleHash } from './style.ts'
import { en, type Text } from './text/en.ts'

/** Asks an unsigned operation of the API, checked as a request from outside. */
export type Api = (site: Site, operation: string, input: object) => Promise<unknown>

/** A visit to a page that belongs to an authorization request. */
export type Visit = {
  readonly site: Site
  readonly api: Api
  readonly text: Text
  readonly request: AuthorizationRequest
  /** What an earlier page left. */
  readonly note: Note
}

/** What one page tells the next, in a sealed cookie of this browser. */
export type Note = {
  readonly error?: string | undefined
  readonly notice?: string | undefined
  /** As typed. */
  readonly username?: string | undefined
  /** Who signed up in this browser: confirmed by their code, they are signed in. */
  readonly signedUp?: string | undefined
  /** Where a code went, masked. */
  readonly sentTo?: string | undefined
  /** The challenge of a sign-in that waits. */
  readonly challenge?:
    | { readonly name: string; readonly session: string; readonly parameters: Readonly<Record<string, string>> }
    | undefined
}

const csrfCookie = 'XSRF-TOKEN'
const noteCookie = 'page-data'
/** AWS: an interactive sign-in must be finished in five minutes. */
const noteSeconds = 300

/** What the note and the token are good for: this domain, and for the note this client. */
const boundTo = ({ pool, domain }: Site, client = '') => `${pool.id}/${domain.name}/${client}`

function readNote(site: Site, clientId: string): Note {
  const sealed = readCookie(site, noteCookie)
  const plain = sealed && site.world.seal.open('hosted-note', sealed, boundTo(site, clientId))
  if (!plain) return {}
  const { until, ...note } = JSON.parse(plain.toString()) as Note & { until: number }
  return until > site.world.now() ? note : {}
}

function noteFor({ site, request }: Pick<Visit, 'site' | 'request'>, note: Note): string {
  const until = site.world.now() + noteSeconds * 1000
  const sealed = site.world.seal.seal(
    'hosted-note',
    JSON.stringify({ ...note, until }),
    boundTo(site, request.client.id),
  )
  return cookie(site, noteCookie, sealed, noteSeconds)
}

export const forgetNote = (site: Site): string => cookie(site, noteCookie, '', 0)

export async function openVisit(site: Site, api: Api): Promise<Visit> {
  const request = await readRequest(site)
  return { site, api, text: en, request, note: readNote(site, request.client.id) }
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

/** Where forms of the page may lead: here, and by redirect to the app, whose address the browser checks too. */
function formTargets(request: AuthorizationRequest | undefined): string {
  if (!request) return "'self'"
  const url = new URL(request.redirectUri)
  // A source can be neither an IPv6 address nor the origin of an app's own scheme.
  const named = /^https?:$/.test(url.protocol) && !url.hostname.startsWith('[')
  return `'self' ${named ? url.origin : url.protocol}`
}

const headers = (request?: AuthorizationRequest): Record<string, string> => ({
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src ${styleHash}; form-action ${formTargets(request)}; frame-ancestors 'none'; base-uri 'none'`,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  ...noStore,
})

const frame = (text: Text, title: string, content: Html): string =>
  `<!doctype html>\n${
    html`<html lang="${text.lang}"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${{ html: style }}</style></head>
<body><main><div class="card"><h1>${title}</h1>
${content}
</div></main></body></html>
`.html
  }`

/** A page outside any request. */
export const plainPage = (status: number, text: Text, title: string, content: Html): Answer => ({
  status,
  headers: headers(),
  body: frame(text, title, content),
})

/** A page of the visit. `content` is given the hidden field that its forms carry. Errors and notices are shown once. */
export function render(visit: Visit, title: string, content: (csrf: Html) => Html): Answer {
  const { site, note, text, request } = visit
  const { token, cookies } = csrfToken(site)
  const { error, notice, ...kept } = note
  const told = error !== undefined || notice !== undefined
  const body = html`${error !== undefined && html`<p class="error" role="alert">${error}</p>`}
${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`}
${content(html`<input type="hidden" name="_csrf" value="${token}">`)}`
  return {
    status: 200,
    headers: headers(request),
    cookies: told ? [...cookies, noteFor(visit, kept)] : cookies,
    body: frame(text, title, body),
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

/** What a refusal is called on a page; the API's own sentence where the pages have none. Rethrows what is none. */
export function phrase(text: Text, error: unknown): string {
  if (!(error instanceof AwsError)) throw error
  if (error.message === 'Password attempts exceeded') return text.failures.locked
  const name = sentences[error.code]
  return name === undefined ? error.message : text.failures[name]
}
