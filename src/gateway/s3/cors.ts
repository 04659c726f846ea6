/** Cross-origin rules of a bucket: reading them, matching them, and the headers that follow. AWS: S3 User Guide, "Using CORS". */
import { fail } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import { element } from '../../wire/xml.ts'
import type { Bucket, CorsRule } from './buckets-store.ts'
import { malformedXml, readXml, textOf, textsOf } from './xml-body.ts'

const methods = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']
const mostRules = 100

/** The rules of a CORSConfiguration document. */
export function readCors(document: Buffer): CorsRule[] {
  const rules = readXml(document, 'CORSConfiguration').children['CORSRule'] ?? []
  if (rules.length === 0 || rules.length > mostRules) malformedXml('number of rules')
  return rules.map((rule) => {
    const origins = textsOf(rule, 'AllowedOrigin')
    const allowed = textsOf(rule, 'AllowedMethod')
    const headers = textsOf(rule, 'AllowedHeader')
    if (origins.length === 0 || allowed.length === 0) malformedXml('a rule without origin or method')
    for (const method of allowed) {
      if (!methods.includes(method)) {
        invalid(`Found unsupported HTTP method in CORS config. Unsupported method is ${method}`)
      }
    }
    refuseWildcards('AllowedOrigin', origins)
    refuseWildcards('AllowedHeader', headers)
    const expose = textsOf(rule, 'ExposeHeader')
    // They become a header themselves (RFC 9110 5.6.2: a token).
    if (!expose.every((name) => /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name))) malformedXml('ExposeHeader')
    const id = textOf(rule, 'ID')
    const age = textOf(rule, 'MaxAgeSeconds')
    if (age !== undefined && !/^\d{1,9}$/.test(age)) malformedXml('MaxAgeSeconds')
    return {
      ...(id !== undefined && { id }),
      origins,
      methods: allowed,
      headers,
      expose,
      ...(age !== undefined && { maxAge: Number(age) }),
    }
  })
}

const invalid = (message: string): never => fail('InvalidRequest', message, { status: 400 })

function refuseWildcards(name: string, values: readonly string[]) {
  for (const value of values) {
    if (value.split('*').length > 2) invalid(`${name} "${value}" can not have more than one wildcard.`)
  }
}

/** The rules as a document again. */
export const writeCors = (rules: readonly CorsRule[]): string =>
  rules
    .map((rule) =>
      element('CORSRule', {
        ID: rule.id,
        AllowedOrigin: [...rule.origins],
        AllowedMethod: [...rule.methods],
        AllowedHeader: [...rule.headers],
        ExposeHeader: [...rule.expose],
        MaxAgeSeconds: rule.maxAge,
      }),
    )
    .join('')

/** One `*` stands for any text. */
function matches(pattern: string, text: string): boolean {
  const star = pattern.indexOf('*')
  if (star < 0) return pattern === text
  const [start, end] = [pattern.slice(0, star), pattern.slice(star + 1)]
  return text.length >= start.length + end.length && text.startsWith(start) && text.endsWith(end)
}

/** What a browser asks: may a page of this origin use the method with these headers? Header names in lower case. */
export type CorsQuestion = { readonly origin: string; readonly method: string; readonly headers: readonly string[] }

/** The first rule that fits. */
export const findRule = (rules: readonly CorsRule[], { origin, method, headers }: CorsQuestion): CorsRule | undefined =>
  rules.find(
    (rule) =>
      rule.origins.some((pattern) => matches(pattern, origin)) &&
      rule.methods.includes(method) &&
      headers.every((header) => rule.headers.some((pattern) => matches(pattern.toLowerCase(), header))),
  )

/** The headers that a fitting rule adds to an answer. */
export function corsHeaders(rule: CorsRule, { origin, headers }: CorsQuestion): Record<string, string> {
  // A rule whose origin is the bare star allows everybody and therefore no credentials (Fetch standard, 3.3.5).
  const everybody = !rule.origins.some((pattern) => pattern !== '*' && matches(pattern, origin))
  return {
    'access-control-allow-origin': everybody ? '*' : origin,
    'access-control-allow-methods': rule.methods.join(', '),
    ...(headers.length > 0 && { 'access-control-allow-headers': headers.join(', ') }),
    ...(rule.expose.length > 0 && { 'access-control-expose-headers': rule.expose.join(', ') }),
    ...(rule.maxAge !== undefined && { 'access-control-max-age': String(rule.maxAge) }),
    ...(!everybody && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

const notAllowed =
  "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec."

/** Answers a preflight; no signature is asked for, since browsers send none. */
export function answerPreflight(call: Call, bucket: Bucket | undefined, key: string | undefined): Answer {
  const { origin, 'access-control-request-method': method } = call.headers
  if (!origin) return fail('BadRequest', 'Insufficient information. Origin request header needed.', { status: 400 })
  if (!method || !methods.includes(method)) {
    return fail('BadRequest', `Invalid Access-Control-Request-Method: ${method ?? 'null'}`, { status: 400 })
  }
  const more = { status: 403, extra: { Method: method, ResourceType: key === undefined ? 'BUCKET' : 'OBJECT' } }
  if (!bucket?.cors) return fail('AccessForbidden', 'CORSResponse: CORS is not enabled for this bucket.', more)
  const headers = (call.headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
  const question = { origin, method, headers }
  const rule = findRule(bucket.cors, question) ?? fail('AccessForbidden', notAllowed, more)
  return { status: 200, headers: corsHeaders(rule, question) }
}

/** What the bucket's rules add to an ordinary answer, refusals included. */
export function actualHeaders(call: Call, bucket: Bucket | undefined): Record<string, string> {
  const { origin } = call.headers
  if (!origin || !bucket?.cors) return {}
  const question = { origin, method: call.method, headers: [] }
  const rule = findRule(bucket.cors, question)
  return rule ? corsHeaders(rule, question) : {}
}
