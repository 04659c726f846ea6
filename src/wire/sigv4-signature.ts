/** Reads the signature of a request, from the Authorization header or from the query, and refuses what is malformed. */
import type { Call } from './http.ts'
import { readQuery } from './sigv4-canonical.ts'
import type { KeyScope } from './sigv4-key.ts'
import { basicTime, phrase, type SignatureKind, type SignatureRefusal, type SignatureStyle } from './sigv4-refusals.ts'

export type Signature = {
  readonly kind: SignatureKind
  readonly accessKeyId: string
  readonly scope: KeyScope & { readonly terminator: string }
  /** Lower-case, sorted, each once. */
  readonly signedHeaders: readonly string[]
  readonly signature: string
  /** YYYYMMDDTHHMMSSZ. */
  readonly amzDate: string
  /** Epoch milliseconds of `amzDate`. */
  readonly time: number
  /** Seconds; presigned requests only. */
  readonly expires: number | undefined
  readonly token: string | undefined
  /** X-Amz-Content-Sha256 of the query; presigned requests only. */
  readonly contentHash: string | undefined
}

const algorithm = 'AWS4-HMAC-SHA256'
const required = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X-Amz-SignedHeaders', 'X-Amz-Date']
const optional = ['X-Amz-Expires', 'X-Amz-Security-Token', 'X-Amz-Content-Sha256']
const marks = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature']

/**
 * The signature of a call, or undefined if nothing is signed: an Authorization header of another scheme is nothing
 * signed for every service but S3, which refuses it. Two signatures, or half of one, are refused.
 */
export function readSignature(call: Call, style: SignatureStyle): Signature | undefined {
  const refuse = (refusal: SignatureRefusal): never => {
    throw phrase(refusal, style)
  }
  const header = call.headers['authorization']
  const query = readQuery(call.query)
  const presigned = query.some(([name]) => marks.includes(name))
  if (header !== undefined && presigned) refuse({ kind: 'both-kinds', header })
  if (presigned) return readPresigned(call, query, style, refuse)
  if (style === 's3' && isLegacy(header, query)) refuse({ kind: 'legacy-signature' })
  if (header === undefined) return undefined
  if (!header.trim().startsWith('AWS4-')) {
    return style === 's3' ? refuse({ kind: 'unsupported-authorization', header }) : undefined
  }
  return readHeader(call, header.trim(), refuse)
}

type Refuse = (refusal: SignatureRefusal) => never

/** Signature Version 2, which S3 still recognises in order to refuse it. */
function isLegacy(header: string | undefined, query: readonly [string, string][]): boolean {
  return header?.startsWith('AWS ') || query.some(([name]) => name === 'Signature' || name === 'AWSAccessKeyId')
}

/** The signature of an Authorization header, made by one of these algorithms. */
export function readHeader(
  call: Call,
  header: string,
  refuse: Refuse,
  algorithms: readonly string[] = [algorithm],
): Signature {
  const blank = header.indexOf(' ')
  const scheme = blank < 0 ? header : header.slice(0, blank)
  if (!algorithms.includes(scheme)) refuse({ kind: 'unsupported-algorithm', from: 'header', algorithm: scheme })
  const parts = new Map<string, string>()
  for (const part of blank < 0 ? [] : header.slice(blank).split(',')) {
    const [, name, value] = /^\s*(Credential|SignedHeaders|Signature)=(\S*)\s*$/.exec(part) ?? []
    // A part that comes twice is refused too: two readers could choose differently.
    if (name === undefined || value === undefined || parts.has(name)) {
      return refuse({ kind: 'malformed-header', part: part.trim(), header })
    }
    if (value !== '') parts.set(name, value)
  }
  const date = call.headers['x-amz-date'] ?? call.headers['date']
  const missing = ['Credential', 'Signature', 'SignedHeaders'].filter((name) => !parts.has(name))
  if (date === undefined) missing.push('Date')
  if (missing.length > 0) refuse({ kind: 'incomplete-header', missing, header })
  return {
    kind: 'header',
    ...readCredential(parts.get('Credential')!, 'header', refuse),
    signedHeaders: readNames(parts.get('SignedHeaders')!),
    signature: parts.get('Signature')!,
    ...readDate(date!, 'header', refuse),
    expires: undefined,
    token: readToken(call.headers['x-amz-security-token'], undefined, refuse),
    contentHash: undefined,
  }
}

function readPresigned(
  call: Call,
  query: readonly [string, string][],
  style: SignatureStyle,
  refuse: Refuse,
): Signature {
  const values = new Map<string, string>()
  const twice = new Set<string>()
  for (const [name, value] of query) {
    if (!required.includes(name) && !optional.includes(name)) continue
    if (values.has(name)) twice.add(name)
    values.set(name, value)
  }
  // A parameter that comes twice counts as missing: two readers could choose differently.
  const needed = style === 's3' ? [...required, 'X-Amz-Expires'] : required
  const missing = needed.filter((name) => !values.get(name) || twice.has(name))
  if (missing.length > 0 || twice.size > 0)
    refuse({ kind: 'incomplete-query', missing: [...new Set([...missing, ...twice])] })
  if (values.get('X-Amz-Algorithm') !== algorithm) {
    refuse({ kind: 'unsupported-algorithm', from: 'query', algorithm: values.get('X-Amz-Algorithm')! })
  }
  return {
    kind: 'query',
    ...readCredential(values.get('X-Amz-Credential')!, 'query', refuse),
    signedHeaders: readNames(values.get('X-Amz-SignedHeaders')!),
    signature: values.get('X-Amz-Signature')!,
    ...readDate(values.get('X-Amz-Date')!, 'query', refuse),
    expires: readExpires(values.get('X-Amz-Expires'), refuse),
    token: readToken(values.get('X-Amz-Security-Token'), call.headers['x-amz-security-token'], refuse),
    contentHash: values.get('X-Amz-Content-Sha256'),
  }
}

/** What a region may be called: it goes into ARNs, ids and folders, and is the caller's own word. */
const regionName = /^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/i

/** Key id and scope. The key id may hold no slash, so five parts exactly. */
export function readCredential(
  credential: string,
  from: SignatureKind,
  refuse: Refuse,
): Pick<Signature, 'accessKeyId' | 'scope'> {
  const [accessKeyId, date, region, service, terminator, ...more] = credential.split('/')
  const whole = accessKeyId && date !== undefined && region && service && terminator !== undefined && more.length === 0
  if (!whole || !regionName.test(region)) {
    return refuse({ kind: 'malformed-credential', from, credential })
  }
  return { accessKeyId, scope: { date, region, service, terminator } }
}

const readNames = (text: string) => [...new Set(text.toLowerCase().split(';'))].filter((name) => name !== '').sort()

function readExpires(text: string | undefined, refuse: Refuse): number | undefined {
  if (text === undefined) return undefined
  if (!/^-?\d{1,12}$/.test(text)) return refuse({ kind: 'malformed-expires', wrong: 'number' })
  const seconds = Number(text)
  if (seconds > 604_800) return refuse({ kind: 'malformed-expires', wrong: 'week' })
  if (seconds < 1) return refuse({ kind: 'malformed-expires', wrong: 'negative' })
  return seconds
}

/** One token, or two that agree; a second token elsewhere that differs is refused. */
function readToken(own: string | undefined, other: string | undefined, refuse: Refuse): string | undefined {
  if (own !== undefined && other !== undefined && own !== other) return refuse({ kind: 'bad-token', token: other })
  return own ?? other
}

const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const http = /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/ // RFC 9110 5.6.7

/** The request's time in AWS's form and as epoch milliseconds; ISO basic, or the HTTP form of a Date header. */
export function readDate(text: string, from: SignatureKind, refuse: Refuse): Pick<Signature, 'amzDate' | 'time'> {
  const ordinary = http.test(text)
  const time = Date.parse(ordinary ? text : text.replace(basic, '$1-$2-$3T$4:$5:$6Z'))
  if (Number.isNaN(time) || !(ordinary || basic.test(text))) return refuse({ kind: 'malformed-date', from, date: text })
  const amzDate = basicTime(time)
  // The 31st of February parses, as another day.
  if (!ordinary && amzDate !== text) return refuse({ kind: 'malformed-date', from, date: text })
  return { amzDate, time }
}
