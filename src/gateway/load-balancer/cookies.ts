/** The cookies of sign-in: a session in shards, and the nonce of one attempt. AWS: "Cookie encryption and signature verification", "Session cookies". */
import { cookieDays } from './keys.ts'

export const nonceCookie = 'AWSALBAuthNonce'

/** AWS: at most four shards of at most 4 KB, name and attributes included. */
const mostShards = 4
const shardChars = 3_800

/** Values by name; of a repeated name the first. RFC 6265 5.4 gives the one with the longer path first. */
export function readCookies(header: string | undefined): Map<string, string> {
  const found = new Map<string, string>()
  for (const pair of (header ?? '').split(';')) {
    const mark = pair.indexOf('=')
    const name = pair.slice(0, mark).trim()
    if (mark > 0 && !found.has(name)) found.set(name, pair.slice(mark + 1).trim())
  }
  return found
}

export function readShards(cookies: ReadonlyMap<string, string>, name: string): string | undefined {
  let text = ''
  for (let at = 0; at < mostShards; at++) {
    const shard = cookies.get(`${name}-${at}`)
    if (shard === undefined || shard === '') break
    text += shard
  }
  return text === '' ? undefined : text
}

/** unproved: SameSite, and HttpOnly of sessions; AWS names Secure only, and its nonce has both. Without TLS, in development, browsers keep Secure cookies of localhost alone. */
const attributes = (secure: boolean) => `; Path=/${secure ? '; Secure' : ''}; HttpOnly; SameSite=Lax`

export const clearCookie = (name: string, secure: boolean): string => `${name}=; Max-Age=0${attributes(secure)}`

export const nonceCookieOf = (nonce: string, secure: boolean): string =>
  `${nonceCookie}=${nonce}; Max-Age=900${attributes(secure)}`

/** Set-Cookie values of a session; shards that it needs no longer are cleared. Undefined if it is too large for four. */
export function writeShards(
  name: string,
  text: string,
  { before, secure, now }: { before: ReadonlyMap<string, string>; secure: boolean; now: number },
): string[] | undefined {
  const count = Math.ceil(text.length / shardChars)
  if (count > mostShards) return undefined
  const expires = new Date(now + cookieDays * 86_400_000).toUTCString()
  const lines: string[] = []
  for (let at = 0; at < mostShards; at++) {
    const shard = text.slice(at * shardChars, (at + 1) * shardChars)
    if (shard !== '') lines.push(`${name}-${at}=${shard}; Expires=${expires}${attributes(secure)}`)
    else if (before.has(`${name}-${at}`)) lines.push(clearCookie(`${name}-${at}`, secure))
  }
  return lines
}
