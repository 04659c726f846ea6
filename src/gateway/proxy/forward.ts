/** Passes a request to an upstream and its answer back, a piece at a time in both directions. */
import type { IncomingHttpHeaders } from 'node:http'
import { PassThrough } from 'node:stream'
import { type Dispatcher, errors } from 'undici'
import type { Target, Upstream } from './upstream.ts'
import type { Response, Visit } from './visit.ts'

/** What became of it; `answered` also stands for an answer that broke off, which its reader is shown by a broken connection. */
export type Outcome =
  | { readonly kind: 'answered'; readonly status: number; readonly broken?: string }
  /** No byte of an answer was passed on: somebody else must answer. */
  | { readonly kind: 'failed'; readonly status: 502 | 503 | 504; readonly detail: string }
  | { readonly kind: 'gone' }

/** RFC 9110 9.2.2. */
const repeatable = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'])

/** RFC 9110 7.6.1: of the connection to the upstream, not of ours to the client. */
const perHop = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
] as const

function answerHeaders(given: IncomingHttpHeaders, cookies: readonly string[]): Record<string, string | string[]> {
  const named = given.connection
  const headers = given as Record<string, string | string[]>
  if (named !== undefined && !/^(keep-alive|close)$/i.test(named))
    for (const name of named.split(',')) delete headers[name.trim().toLowerCase()]
  for (const name of perHop) if (name in headers) delete headers[name]
  if (cookies.length > 0) headers['set-cookie'] = [...[headers['set-cookie'] ?? []].flat(), ...cookies]
  return headers
}

const statusOf = (error: Error): 502 | 504 =>
  error instanceof errors.HeadersTimeoutError || error instanceof errors.ConnectTimeoutError ? 504 : 502

/** Resolves when the answer has ended, one way or the other. */
export async function forward(visit: Visit, response: Response, upstream: Upstream): Promise<Outcome> {
  const tried: Target[] = []
  const mayRepeat = repeatable.has(visit.call.method) && !visit.hasBody
  const most = mayRepeat ? upstream.retries : 0
  let outcome: Outcome = { kind: 'failed', status: 503, detail: 'no target' }
  for (let attempt = 0; attempt <= most; attempt++) {
    // A second try goes to another target if there is one: the same may only have closed an idle connection.
    const target = upstream.next(tried) ?? upstream.next()
    if (!target) break
    tried.push(target)
    outcome = await pass(visit, response, target)
    if (outcome.kind !== 'failed') break
    if (outcome.status === 504 && !outcome.detail.includes('Connect')) break
  }
  return outcome
}

/** The body through a pipe of its own: an upstream that dies must not take the client's connection with it. */
function bodyOf({ call, hasBody, authorized }: Visit): Buffer | PassThrough | null {
  if (authorized?.kind === 'iam') return authorized.body.length > 0 ? authorized.body : null
  if (!hasBody) return null
  const pipe = new PassThrough()
  call.body.pipe(pipe)
  call.body.once('error', (error) => pipe.destroy(error))
  call.body.once('close', () => {
    if (!call.body.readableEnded) pipe.destroy(new Error('The client went away.'))
  })
  pipe.once('close', () => call.body.unpipe(pipe))
  pipe.on('error', () => {})
  return pipe
}

function pass(visit: Visit, response: Response, target: Target): Promise<Outcome> {
  const { call } = visit
  const { pool } = target
  if (target.running >= target.most)
    return Promise.resolve({ kind: 'failed', status: 503, detail: 'too many requests wait for the target' })
  target.running++
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined
    let status = 0
    let settled = false
    const settle = (outcome: Outcome) => {
      if (settled) return
      settled = true
      target.running--
      response.off('close', leave)
      response.off('drain', goOn)
      resolve(outcome)
    }
    const leave = () => {
      // First: an abort is told as an error at once, and must not be taken for one of the upstream's.
      settle({ kind: 'gone' })
      controller?.abort(new Error('The client went away.'))
    }
    const goOn = () => controller?.resume()
    if (isGone(response)) return settle({ kind: 'gone' })
    response.on('close', leave)
    response.on('drain', goOn)
    pool.dispatch(
      {
        path: call.query === '' ? call.path : `${call.path}?${call.query}`,
        method: call.method as Dispatcher.HttpMethod,
        headers: { ...call.headers, ...visit.headers },
        body: bodyOf(visit),
      },
      {
        onRequestStart(started) {
          controller = started
          if (settled) started.abort(new Error('The client went away.'))
        },
        onResponseStart(_, code, headers) {
          // Interim answers stay between us and the upstream.
          if (code < 200) return
          // RFC 9110 15: no such status; HTTP/2 could not even say it. Thrown here it is a failed answer.
          if (code > 599) throw new Error(`The upstream answered with the status ${code}.`)
          writeHead(response, code, answerHeaders(headers, visit.cookies))
          status = code
        },
        onResponseData(current, chunk) {
          if (!(response as NodeJS.WritableStream).write(chunk)) current.pause()
        },
        onResponseEnd() {
          response.off('close', leave)
          response.end()
          settle({ kind: 'answered', status })
        },
        onResponseError(_, error) {
          if (settled) return
          if (status === 0)
            return settle({ kind: 'failed', status: statusOf(error), detail: `${error.name}: ${error.message}` })
          response.off('close', leave)
          breakOff(response)
          settle({ kind: 'answered', status, broken: error.message })
        },
      },
    )
  })
}

const isGone = (response: Response): boolean =>
  'stream' in response ? (response.stream?.destroyed ?? true) : response.destroyed || response.closed

function writeHead(response: Response, status: number, headers: Record<string, string | string[]>): void {
  // One signature of the two kinds of response.
  ;(response as import('node:http').ServerResponse).writeHead(status, headers)
}

/** The client must not take half an answer for a whole one. */
function breakOff(response: Response): void {
  // RFC 9113 7: INTERNAL_ERROR.
  if ('stream' in response) response.stream.close(2)
  else response.destroy()
}
