/**
 * The canonical request of Signature Version 4, rebuilt from what was received.
 * AWS: IAM User Guide, "Create a signed AWS API request". Everything is a byte string: one character per byte, as
 * Node hands paths and headers over (Latin-1).
 */
import type { Call } from './http.ts'

export type CanonicalRules = {
  /** Lower-case names. */
  readonly signedHeaders: readonly string[]
  readonly payloadHash: string
  /** S3 encodes the path once and never normalises it; every other service normalises and encodes what was sent. */
  readonly s3: boolean
  /** Query parameters that were added after signing. */
  readonly without: readonly string[]
}

const upperHex = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)

/** RFC 3986 2.3: unreserved characters stay, every other byte becomes %XX. */
function encode(bytes: string): string {
  return bytes.replace(/[^A-Za-z0-9\-._~]/g, (byte) => upperHex[byte.charCodeAt(0) & 0xff]!)
}

/** Bytes of percent-encoded text; a per cent sign without two hex digits stays as it is. */
export function percentDecode(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Decoded names and values in received order; `+` is a blank, as form parsers read it. */
export function readQuery(query: string): [name: string, value: string][] {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.indexOf('=')
      const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
      return [percentDecode(name.replaceAll('+', ' ')), percentDecode(value.replaceAll('+', ' '))]
    })
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function canonicalQuery(query: string, without: readonly string[]): string {
  return readQuery(query)
    .filter(([name]) => !without.includes(name))
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([a, x], [b, y]) => byText(a, b) || byText(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
}

/** RFC 3986 5.2.4 without the dots and the empty segments; a final slash stays. */
function normalise(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  }
  return `/${kept.join('/')}${kept.length > 0 && path.endsWith('/') ? '/' : ''}`
}

function canonicalPath(path: string, s3: boolean): string {
  const bytes = s3 ? percentDecode(path) : normalise(path)
  return bytes.split('/').map(encode).join('/') || '/'
}

/** All values of each header in received order, trimmed, inner blanks collapsed, joined with commas. One walk for all names. */
function canonicalHeaders(names: readonly string[], rawHeaders: readonly string[]): string {
  const values = new Map<string, string[]>(names.map((name) => [name, []]))
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const of = values.get(rawHeaders[i]!.toLowerCase())
    of?.push(rawHeaders[i + 1]!.replace(/[ \t\r\n]+/g, ' ').replace(/^ | $/g, ''))
  }
  return names.map((name) => `${name}:${values.get(name)!.join(',')}\n`).join('')
}

/** The canonical request as a byte string. */
export function canonicalRequest(
  call: Pick<Call, 'method' | 'path' | 'query' | 'rawHeaders'>,
  rules: CanonicalRules,
): string {
  return [
    call.method,
    canonicalPath(call.path, rules.s3),
    canonicalQuery(call.query, rules.without),
    canonicalHeaders(rules.signedHeaders, call.rawHeaders),
    rules.signedHeaders.join(';'),
    rules.payloadHash,
  ].join('\n')
}
