/** The three ways to refuse at a domain: to the program that asked, by way of the app's own address, or on a page of ours. */
import type { AwsError } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'

/** Answered as JSON: token, revoke, userInfo. RFC 6749 5.2. */
export class OAuthError extends Error {
  readonly code: string
  readonly description: string | undefined
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(code: string, description?: string, more: { status?: number; headers?: Record<string, string> } = {}) {
    super(description ?? code)
    this.code = code
    this.description = description
    this.status = more.status ?? 400
    this.headers = more.headers ?? {}
  }
}

/** Sent back to the app; only to an address that was found to be registered. RFC 6749 4.1.2.1. */
export class SentBack extends Error {
  readonly location: string
  /** The same for a program that asked by itself. */
  readonly error: string
  readonly description: string | undefined

  constructor(location: string) {
    super('sent back')
    this.location = location
    const [, told = ''] = /[?#](.*)$/s.exec(location) ?? []
    const parameters = new URLSearchParams(told.replace('#', '&'))
    // The app's own address may have parameters of these names: ours are the last.
    this.error = parameters.getAll('error').at(-1) ?? 'invalid_request'
    this.description = parameters.getAll('error_description').at(-1)
  }
}

/** Shown on our own error page: client or address cannot be trusted. RFC 6749 4.1.2.1. */
export class Shown extends Error {
  readonly error: string
  readonly clientId: string | undefined

  constructor(error: string, clientId?: string) {
    super(error)
    this.error = error
    this.clientId = clientId
  }
}

export const refuse = (...parameters: ConstructorParameters<typeof OAuthError>): never => {
  throw new OAuthError(...parameters)
}

export const show = (error: string, clientId?: string): never => {
  throw new Shown(error, clientId)
}

export const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' } as const

/** RFC 3987 3.1: an app's address may be written in any letters, a header only in ASCII. */
const printLocation = (address: string): string => address.replace(/[^\x20-\x7e]+/g, encodeURIComponent)

/** Codes and tokens stand in some of these addresses: nobody keeps them, and nobody is told where one came from. */
export const redirect = (location: string, status: 302 | 303 = 302, cookies: readonly string[] = []): Answer => ({
  status,
  headers: { location: printLocation(location), 'referrer-policy': 'no-referrer', ...noStore },
  cookies,
})

export const json = (status: number, body: object, headers: Readonly<Record<string, string>> = {}): Answer => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8', ...noStore, ...headers },
  body: JSON.stringify(body),
})

/** What a program is told when it is nobody's mistake. RFC 6749 4.1.2.1 has the codes; 5.2 has none for it. */
export const jsonFailure = ({ status = 500, message }: AwsError, headers: Readonly<Record<string, string>>): Answer =>
  json(
    status,
    { error: status === 503 ? 'temporarily_unavailable' : 'server_error', error_description: message },
    headers,
  )

/** The answer to a refusal; undefined for what is none of ours. */
export function answerRefusal(error: unknown, base: string): Answer | undefined {
  if (error instanceof SentBack) return redirect(error.location)
  if (error instanceof Shown) {
    const query = new URLSearchParams({ error: error.error })
    if (error.clientId !== undefined) query.set('client_id', error.clientId)
    return redirect(`${base}/error?${query}`)
  }
  if (!(error instanceof OAuthError)) return undefined
  const { code, description, status, headers } = error
  return json(status, { error: code, ...(description !== undefined && { error_description: description }) }, headers)
}
