/**
 * Verifies Signature Version 4 on the server's side: who signed this request, and is it the request that was signed?
 * AWS: IAM User Guide, "Create a signed AWS API request"; S3 API Reference, "Authenticating Requests".
 * It never decides what the caller may do, and it is told the secrets; it looks none up.
 */
import type { KeyObject } from 'node:crypto'
import type { Call } from './http.ts'
import { canonicalRequest } from './sigv4-canonical.ts'
import { sameSignature, scopeText, sign, signingKey, stringToSign } from './sigv4-key.ts'
import { phrase, type SignatureKind, type SignatureRefusal, type SignatureStyle } from './sigv4-refusals.ts'
import { readCredential, readDate, readSignature, type Signature } from './sigv4-signature.ts'

export type { SignatureKind, SignatureRefusal, SignatureStyle } from './sigv4-refusals.ts'

/** What the look-up of an access key says; `bad-token` is a session token that is not this key's. */
export type Found<Caller> =
  | { readonly secret: string; readonly caller: Caller }
  | { readonly refusal: 'unknown-key' | 'bad-token' | 'expired-token' }

export type Lookup<Caller> = (accessKeyId: string, sessionToken: string | undefined) => Promise<Found<Caller>>

export type Authenticated<Caller> = {
  readonly found: { readonly secret: string; readonly caller: Caller }
  readonly accessKeyId: string
  readonly kind: SignatureKind
  /** The request's signature: the first link of the chain of signed chunks. */
  readonly seedSignature: string
  readonly signingKey: KeyObject
  /** YYYYMMDDTHHMMSSZ. */
  readonly date: string
  /** YYYYMMDD/region/service/aws4_request. */
  readonly scope: string
  readonly region: string
  readonly service: string
  /** The payload hash that was signed. For S3 the body is still to be held to it: see payload.ts. */
  readonly payloadHash: string
}

export type Expected<Caller> = {
  /** The service name that must be in the scope, or several that may be. */
  readonly service: string | readonly string[]
  /** If given, the only region accepted. */
  readonly region?: string
  readonly style: SignatureStyle
  /** Hex SHA-256 of the body. Not asked for S3, where the request declares it. */
  readonly payloadHash: string | (() => Promise<string>)
  readonly lookup: Lookup<Caller>
  /** Epoch milliseconds. */
  readonly now: number
}

/** How far a clock may be off. AWS's texts show 5 or 15 minutes by service; 15 is kinder and S3's own. */
export const clockWindowMs = 15 * 60_000

/**
 * Who signed the call, or undefined if nobody did. Refuses in the order parse, scope, key, token, clock, signature:
 * AWS reports an unknown key before a wrong signature, and an expired signature before a wrong one.
 */
export async function authenticate<Caller>(
  call: Call,
  expected: Expected<Caller>,
): Promise<Authenticated<Caller> | undefined> {
  const { style, now } = expected
  const signature = readSignature(call, style)
  if (!signature) return undefined
  const refuse = refuseIn(style)

  checkScope(signature, expected, refuse)
  const found = await findKey(signature.accessKeyId, signature.token, expected.lookup, refuse)
  checkClock(signature, now, refuse)
  checkSigned(call, signature, style, refuse)
  const payloadHash = style === 's3' ? declaredHash(call, signature, refuse) : await resolve(expected.payloadHash)
  const key = signingKey(found.secret, signature.scope)
  verifySignature(call, signature, key, { payloadHash, style })

  return {
    found,
    accessKeyId: signature.accessKeyId,
    kind: signature.kind,
    seedSignature: signature.signature,
    signingKey: key,
    date: signature.amzDate,
    scope: scopeText(signature.scope),
    region: signature.scope.region,
    service: signature.scope.service,
    payloadHash,
  }
}

type Refuse = (refusal: SignatureRefusal) => never

const refuseIn =
  (style: SignatureStyle): Refuse =>
  (refusal) => {
    throw phrase(refusal, style)
  }

const resolve = async (hash: string | (() => Promise<string>)) => (typeof hash === 'string' ? hash : hash())

function checkScope(
  { kind: from, scope, amzDate }: Pick<Signature, 'kind' | 'scope' | 'amzDate'>,
  expected: Pick<Expected<unknown>, 'service' | 'region'>,
  refuse: Refuse,
): void {
  const services = [expected.service].flat()
  if (scope.date !== amzDate.slice(0, 8)) refuse({ kind: 'wrong-date', from, given: scope.date, date: amzDate })
  if (expected.region !== undefined && scope.region !== expected.region) {
    refuse({ kind: 'wrong-region', from, given: scope.region, expected: expected.region })
  }
  if (!services.includes(scope.service)) {
    refuse({ kind: 'wrong-service', from, given: scope.service, expected: services[0]! })
  }
  if (scope.terminator !== 'aws4_request') refuse({ kind: 'wrong-terminator', from, given: scope.terminator })
}

async function findKey<Caller>(
  accessKeyId: string,
  token: string | undefined,
  lookup: Lookup<Caller>,
  refuse: Refuse,
): Promise<{ secret: string; caller: Caller }> {
  const found = await lookup(accessKeyId, token)
  if ('secret' in found) return found
  if (found.refusal === 'unknown-key') return refuse({ kind: 'unknown-key', accessKeyId })
  return refuse({ kind: found.refusal, token: token ?? '' })
}

function checkClock({ kind: from, time, expires }: Signature, now: number, refuse: Refuse): void {
  const skew = { from, requestTime: time, now, windowMs: clockWindowMs }
  if (time > now + clockWindowMs) refuse({ kind: 'too-new', ...skew })
  if (expires !== undefined) {
    if (now > time + expires * 1000) refuse({ kind: 'link-expired', requestTime: time, now, expires })
  } else if (time < now - clockWindowMs) refuse({ kind: 'too-old', ...skew })
}

/**
 * What must be under the signature: the host always, which in HTTP/2 may be signed by its name there; for S3 every
 * x-amz-* header; for the others the header that names the operation, without which a signature would serve any
 * operation with the same body.
 */
function checkSigned(call: Call, { signedHeaders }: Signature, style: SignatureStyle, refuse: Refuse): void {
  const present = Object.keys(call.headers)
  const needed = style === 's3' ? present.filter((name) => name.startsWith('x-amz-')) : ['x-amz-target']
  const host = signedHeaders.includes(':authority') && call.rawHeaders[0] === ':authority' ? ':authority' : 'host'
  const names = [host, ...needed.filter((name) => present.includes(name))].filter(
    (name) => !signedHeaders.includes(name),
  )
  if (names.length > 0) refuse({ kind: 'unsigned-headers', names })
}

/** The values of x-amz-content-sha256 that are no hash. SigV4a's two are refused: we verify no ECDSA signatures. */
export const payloadNames = [
  'UNSIGNED-PAYLOAD',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
] as const

/** S3's payload hash is what the request says it is; a presigned link may leave it out. */
function declaredHash(call: Call, { kind, contentHash }: Signature, refuse: Refuse): string {
  const given = contentHash ?? call.headers['x-amz-content-sha256']
  if (given === undefined) return kind === 'query' ? 'UNSIGNED-PAYLOAD' : refuse({ kind: 'content-hash-missing' })
  const known: readonly string[] = payloadNames
  if (!known.includes(given) && !/^[0-9a-f]{64}$/.test(given)) refuse({ kind: 'content-hash-malformed', given })
  return given
}

/** Refuses a signature that is not the one the key makes of this request. */
export function verifySignature(
  call: Pick<Call, 'method' | 'path' | 'query' | 'rawHeaders'>,
  signature: Signature,
  key: KeyObject,
  { payloadHash, style }: { payloadHash: string; style: SignatureStyle },
): void {
  const attempt = (without: readonly string[]) => {
    const { signedHeaders } = signature
    const canonical = canonicalRequest(call, { signedHeaders, payloadHash, s3: style === 's3', without })
    const text = stringToSign(signature.amzDate, signature.scope, canonical)
    return { canonical, text, right: sameSignature(signature.signature, sign(key, text)) }
  }
  const first = attempt(['X-Amz-Signature'])
  if (first.right) return
  // Some services want the session token added after signing (AWS: "Elements of an AWS API request signature").
  if (signature.kind === 'query' && signature.token !== undefined && style !== 's3') {
    if (attempt(['X-Amz-Signature', 'X-Amz-Security-Token']).right) return
  }
  const { accessKeyId, signature: given } = signature
  throw phrase({ kind: 'mismatch', accessKeyId, given, stringToSign: first.text, canonical: first.canonical }, style)
}

/** The signature fields of a browser's POST form, by their lower-case names; values as sent. */
export type PolicyFields = {
  readonly policy: string
  readonly algorithm: string
  readonly credential: string
  readonly date: string
  readonly signature: string
  readonly token: string | undefined
}

/**
 * Who signed a POST policy. The string to sign is the base64 text itself; how long it holds is the policy's own
 * `expiration`, which is the caller's to check. AWS: S3 API Reference, "Browser-Based Uploads Using POST".
 */
export async function verifyPolicySignature<Caller>(
  fields: PolicyFields,
  { lookup, region }: { lookup: Lookup<Caller>; region?: string },
): Promise<{ found: { secret: string; caller: Caller }; accessKeyId: string; region: string }> {
  const refuse = refuseIn('s3')
  if (fields.algorithm !== 'AWS4-HMAC-SHA256') {
    refuse({ kind: 'unsupported-algorithm', from: 'query', algorithm: fields.algorithm })
  }
  const { accessKeyId, scope } = readCredential(fields.credential, 'query', refuse)
  const { amzDate } = readDate(fields.date, 'query', refuse)
  checkScope({ kind: 'query', scope, amzDate }, { service: 's3', ...(region !== undefined && { region }) }, refuse)
  const found = await findKey(accessKeyId, fields.token, lookup, refuse)
  if (!sameSignature(fields.signature, sign(signingKey(found.secret, scope), fields.policy))) {
    refuse({ kind: 'mismatch', accessKeyId, given: fields.signature, stringToSign: fields.policy })
  }
  return { found, accessKeyId, region: scope.region }
}
