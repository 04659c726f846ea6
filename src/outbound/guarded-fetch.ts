/**
 * The one way out to addresses that somebody configured. It refuses private hosts, connects to the very address it has
 * checked, follows no redirect to another host, and takes neither endless answers nor endless time.
 */
import { type LookupAddress, lookup as systemLookup } from 'node:dns'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { request as requestHttp } from '../wire/node-http.ts'
import type { Fetch, Fetched, FetchRequest } from '../world.ts'
import { isPrivate } from './private-address.ts'

/** A request that was not made or not answered; `reason` is of a closed set, the message is for the log. */
export class FetchError extends Error {
  readonly reason: 'refused' | 'timed-out' | 'unreachable' | 'too-large'
  /** There was a connection: the other side may have got the request. */
  readonly mayHaveArrived: boolean
  constructor(reason: FetchError['reason'], message: string, mayHaveArrived = false) {
    super(message)
    this.name = 'FetchError'
    this.reason = reason
    this.mayHaveArrived = mayHaveArrived
  }
}

/** Hosts in private ranges that may be reached all the same: every one, or those named (host names or addresses). */
export type PrivateHosts = 'all' | readonly string[]

type Lookup = (name: string, done: (error: Error | null, addresses: readonly LookupAddress[]) => void) => void

const resolveAll: Lookup = (name, done) => {
  systemLookup(name, { all: true, verbatim: true }, (error, addresses) => done(error, addresses ?? []))
}

const defaults = { timeoutMs: 10_000, mostBytes: 1024 * 1024 }
const mostRedirects = 3

/** `lookup` is the system's unless a test brings its own. */
export function createGuardedFetch(allowed: PrivateHosts, lookup: Lookup = resolveAll): Fetch {
  const mayBePrivate = (host: string, address: string) =>
    allowed === 'all' || allowed.some((one) => one.toLowerCase() === host || one === address)

  /** Refuses if any address of the name is private: an honest name has no such mixture. */
  const addressesOf = (host: string): Promise<readonly LookupAddress[]> =>
    new Promise((resolve, reject) => {
      const family = isIP(host)
      const check = (addresses: readonly LookupAddress[]) => {
        const wrong = addresses.find(({ address }) => isPrivate(address) && !mayBePrivate(host, address))
        if (wrong) reject(new FetchError('refused', `${host} is ${wrong.address}, a private address.`))
        else if (addresses.length === 0) reject(new FetchError('unreachable', `${host} has no address.`))
        else resolve(addresses)
      }
      if (family > 0) check([{ address: host, family }])
      else
        lookup(host, (error, addresses) => {
          if (error) reject(new FetchError('unreachable', `${host} cannot be resolved: ${error.message}`))
          else check(addresses)
        })
    })

  const once = async (url: URL, request: FetchRequest, signal: AbortSignal): Promise<Fetched> => {
    if (url.protocol !== 'http:' && url.protocol !== 'https:')
      throw new FetchError('refused', `${url.protocol} is neither http: nor https:.`)
    if (url.username || url.password) throw new FetchError('refused', 'The URL holds a user name or password.')
    const host = url.hostname
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
      .toLowerCase()
    return send(url, request, await addressesOf(host), signal)
  }

  return async (address, request = {}) => {
    if (!URL.canParse(address)) throw new FetchError('refused', 'Not a URL.')
    const signal = AbortSignal.timeout(request.timeoutMs ?? defaults.timeoutMs)
    const work = async () => {
      let url = new URL(address)
      for (let redirects = 0; ; redirects++) {
        const answer = await once(url, request, signal)
        const next = redirectOf(url, request, answer)
        if (!next) return answer
        if (redirects === mostRedirects) throw new FetchError('refused', 'Too many redirects.')
        url = next
      }
    }
    return Promise.race([work(), timedOut(signal)])
  }
}

/** Also ends the wait for a name that does not resolve, which cannot be aborted. */
const timedOut = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(new FetchError('timed-out', 'No answer in time.', true)), {
      once: true,
    })
  })

/** Where to go on to. Only what can be asked twice is; another scheme, host or port is refused, it may get no secret. */
function redirectOf(from: URL, { method = 'GET' }: FetchRequest, { status, headers }: Fetched): URL | undefined {
  const location = headers['location']
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined
  if (method !== 'GET' && method !== 'HEAD') throw new FetchError('refused', `${method} was redirected.`)
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined
  if (to?.origin !== from.origin) throw new FetchError('refused', 'Redirected to another host.')
  return to
}

/** One exchange with one of the addresses that were checked: the socket asks for no other. */
function send(url: URL, request: FetchRequest, addresses: readonly LookupAddress[], signal: AbortSignal) {
  const { method = 'GET', headers = {}, body, mostBytes = defaults.mostBytes } = request
  const pinned: LookupFunction = (_, options, done) => {
    const [first] = addresses
    if (options.all) done(null, [...addresses])
    else done(null, first?.address ?? '', first?.family)
  }
  return new Promise<Fetched>((resolve, reject) => {
    const refuse = (error: Error) =>
      reject(
        error instanceof FetchError
          ? error
          : signal.aborted
            ? new FetchError('timed-out', 'No answer in time.', true)
            : new FetchError('unreachable', error.message, connected),
      )
    let connected = false
    const make = url.protocol === 'https:' ? requestHttps : requestHttp
    // No agent: a kept connection would be one to an address checked long ago.
    const sent = make(url, { method, headers, lookup: pinned, agent: false, signal }, (answer) => {
      const parts: Buffer[] = []
      let size = 0
      answer.on('data', (part: Buffer) => {
        size += part.length
        if (size > mostBytes) {
          refuse(new FetchError('too-large', `The answer is larger than ${mostBytes} bytes.`, true))
          sent.destroy()
        } else parts.push(part)
      })
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(answer.headers).map(([name, value]) => [
              name,
              Array.isArray(value) ? value.join(', ') : value,
            ]),
          ),
          body: Buffer.concat(parts),
        }),
      )
      answer.on('error', refuse)
    })
    sent.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        connected = true
      })
    })
    sent.on('error', refuse)
    sent.end(body)
  })
}
