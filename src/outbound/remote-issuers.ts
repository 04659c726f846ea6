/**
 * Tokens of other issuers: finds an issuer's configuration (OpenID Connect Discovery 1.0) and its keys (RFC 7517), keeps
 * them, follows their rotation, and verifies what they signed. Nothing is asked twice at the same time, and a stranger's
 * token cannot make us ask often.
 */
import type { KeyObject } from 'node:crypto'
import { isJwsAlg, type JwksKey, type JwsAlg, jwsAlgs, keyFits, readJwks, verifyJws } from '../protocols/jws.ts'
import { type Claims, type JwtRefusal, readJwt, refusedMembers } from '../protocols/jwt.ts'
import type { World } from '../world.ts'

/** The members we read; the rest are as the issuer has them. */
export type IssuerDocument = Readonly<Record<string, unknown>> & {
  readonly issuer: string
  readonly jwks_uri: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly userinfo_endpoint?: string
}

/** The issuer could not be asked, or its answer is none; the message is for the log. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError'
}

/** Milliseconds. */
const keeping = {
  /** Without a word from the issuer; its `max-age` counts within the bounds. */
  fresh: 3_600_000,
  leastFresh: 300_000,
  /** Until then what is stale serves while it is fetched anew; afterwards the fetch is waited for. */
  stale: 86_400_000,
  /** Between two fetches for the sake of an unknown key, and after one that failed. */
  pause: 30_000,
  afterFailure: 5_000,
}
const mostDocuments = 1_000
const mostBytes = 262_144
const timeoutMs = 5_000

type Kept<Value> = {
  value?: Value
  until: number
  fetchedAt: number
  failedAt: number
  failure: string
  fetching?: Promise<Value>
}

/** One cache for each world: documents by URL. It may be lost at any time. */
const caches = new WeakMap<object, Map<string, Kept<unknown>>>()

function entryOf<Value>(world: World, url: string): Kept<Value> {
  const cache = caches.get(world.fetch) ?? new Map<string, Kept<unknown>>()
  caches.set(world.fetch, cache)
  const entry = cache.get(url) ?? { until: 0, fetchedAt: 0, failedAt: 0, failure: '' }
  // The map's order is that of use: the first is the one that nobody has asked for longest.
  cache.delete(url)
  cache.set(url, entry)
  const [oldest] = cache.keys()
  if (cache.size > mostDocuments && oldest !== undefined) cache.delete(oldest)
  return entry as Kept<Value>
}

function freshFor(cacheControl = ''): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(cacheControl)?.[1]
  const wanted = seconds === undefined ? keeping.fresh : Number(seconds) * 1000
  return Math.min(Math.max(wanted, keeping.leastFresh), keeping.stale)
}

async function fetchInto<Value>(
  world: World,
  url: string,
  entry: Kept<Value>,
  read: (json: unknown) => Value,
): Promise<Value> {
  try {
    const answer = await world.fetch(url, { headers: { accept: 'application/json' }, mostBytes, timeoutMs })
    if (answer.status !== 200) throw new IssuerError(`${url} answered ${answer.status}.`)
    const value = read(JSON.parse(answer.body.toString('utf8')))
    Object.assign(entry, {
      value,
      fetchedAt: world.now(),
      until: world.now() + freshFor(answer.headers['cache-control']),
      failedAt: 0,
    })
    return value
  } catch (error) {
    entry.failedAt = world.now()
    entry.failure =
      error instanceof IssuerError ? error.message : `${url}: ${error instanceof Error ? error.message : error}`
    throw new IssuerError(entry.failure)
  }
}

/** The document at a URL: kept, or fetched, by one caller for all. `newer` asks for one fetched after that time. */
async function kept<Value>(world: World, url: string, read: (json: unknown) => Value, newer = 0): Promise<Value> {
  const entry = entryOf<Value>(world, url)
  const now = world.now()
  const fetchOnce = () => {
    entry.fetching ??= fetchInto(world, url, entry, read).finally(() => {
      delete entry.fetching
    })
    return entry.fetching
  }
  const failedLately = entry.failedAt > 0 && now - entry.failedAt < keeping.afterFailure
  const usable = entry.value !== undefined && now < entry.fetchedAt + keeping.stale && entry.fetchedAt >= newer
  if (usable && entry.value !== undefined) {
    if (now >= entry.until && !failedLately)
      fetchOnce().catch((error: unknown) => world.log.warn({ err: error, url }, 'issuer not refreshed'))
    return entry.value
  }
  if (failedLately && !entry.fetching) throw new IssuerError(entry.failure)
  return fetchOnce()
}

function readDocument(issuer: string) {
  return (json: unknown): IssuerDocument => {
    const document = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>
    // Discovery 4.3: else a document could speak for somebody else. The slash at its end (Auth0's, authentik's) is no one else.
    if (document['issuer'] !== issuer && document['issuer'] !== `${issuer}/`)
      throw new IssuerError(`${issuer} says that it is '${String(document['issuer']).slice(0, 200)}'.`)
    if (typeof document['jwks_uri'] !== 'string') throw new IssuerError(`${issuer} names no jwks_uri.`)
    return document as IssuerDocument
  }
}

function readKeys(url: string) {
  return (json: unknown): readonly JwksKey[] => {
    const keys = readJwks(json)
    if (!keys) throw new IssuerError(`${url} is not a JWK set.`)
    return keys
  }
}

/** The issuer's own configuration. `issuer` is compared letter by letter with what the document says. Rejects with an IssuerError. */
export const discover = (world: World, issuer: string): Promise<IssuerDocument> =>
  kept(world, `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, readDocument(issuer))

export type RemoteRules = {
  readonly issuer: string
  /** What `iss` may be; the issuer alone if absent. */
  readonly issuers?: readonly string[]
  /** Where its keys are; its configuration says so if absent. */
  readonly jwksUri?: string
  /** Which algorithms this issuer may use; every one of ours if absent. */
  readonly algorithms?: readonly JwsAlg[]
  /** How wrong the two clocks may be, in milliseconds; 0. */
  readonly leewayMs?: number
}

export type RemoteResult =
  | { readonly claims: Claims; readonly alg: JwsAlg }
  /** `issuer`: another one. `unavailable`: its keys could not be had. */
  | {
      readonly refusal: Exclude<JwtRefusal, 'expired' | 'not-yet'> | 'issuer' | 'unavailable'
      readonly detail?: string
    }
  /** Genuine, but out of its time. */
  | { readonly refusal: 'expired' | 'not-yet'; readonly claims: Claims }

/** The keys that may have signed: those of that kid, or where the token names none, all that fit. */
const candidates = (keys: readonly JwksKey[], alg: JwsAlg, kid: string | undefined): readonly KeyObject[] =>
  keys
    .filter(
      (one) =>
        (kid === undefined || one.kid === kid) && (one.alg === undefined || one.alg === alg) && keyFits(alg, one.key),
    )
    .map(({ key }) => key)

async function keysFor(
  world: World,
  rules: RemoteRules,
  alg: JwsAlg,
  kid: string | undefined,
): Promise<readonly KeyObject[]> {
  const url = rules.jwksUri ?? (await discover(world, rules.issuer)).jwks_uri
  const found = candidates(await kept(world, url, readKeys(url)), alg, kid)
  if (found.length > 0) return found
  // Perhaps a new key: look again, but not for every stranger's token.
  return candidates(await kept(world, url, readKeys(url), world.now() - keeping.pause), alg, kid)
}

/**
 * What an issuer's key has signed and whose time has come and not passed. `exp` is required, and `iss` must be the
 * issuer; audience and use are the caller's to check.
 */
export async function verifyRemoteJwt(world: World, rules: RemoteRules, token: string): Promise<RemoteResult> {
  const jwt = readJwt(token)
  if (!jwt) return { refusal: 'malformed' }
  const { header, unverified: claims, signed, signature } = jwt
  const { alg, kid } = header
  if (!isJwsAlg(alg) || !(rules.algorithms ?? jwsAlgs).includes(alg)) return { refusal: 'algorithm' }
  if (refusedMembers.some((name) => Object.hasOwn(header, name))) return { refusal: 'header' }
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 1024)) return { refusal: 'header' }
  if (!(rules.issuers ?? [rules.issuer]).includes(claims['iss'] as string))
    return { refusal: 'issuer', detail: String(claims['iss']).slice(0, 200) }
  let keys: readonly KeyObject[]
  try {
    keys = await keysFor(world, rules, alg, kid)
  } catch (error) {
    if (!(error instanceof IssuerError)) throw error
    world.log.warn({ issuer: rules.issuer, err: error }, 'keys of an issuer cannot be had')
    return { refusal: 'unavailable', detail: error.message }
  }
  if (keys.length === 0) return { refusal: 'key' }
  if (!keys.some((key) => verifyJws(alg, key, signed, signature))) return { refusal: 'signature' }
  const { exp, nbf } = claims
  const { leewayMs = 0 } = rules
  if (typeof exp !== 'number' || world.now() >= exp * 1000 + leewayMs) return { refusal: 'expired', claims }
  if (nbf !== undefined && !(typeof nbf === 'number' && world.now() + leewayMs >= nbf * 1000))
    return { refusal: 'not-yet', claims }
  return { claims, alg }
}
