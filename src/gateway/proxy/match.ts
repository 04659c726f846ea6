/** Which route a request is for: hosts, paths and methods, in the order of the file; and which paths nobody may ask for. */
import type { RouteSettings } from './settings.ts'

/** The values of the braces of a path, or undefined where it does not fit. */
type PathTest = (path: string) => Readonly<Record<string, string>> | undefined

const nothing = {}

/** Patterns with `*` and `?`, in time that grows with path times pattern at most. */
export function fitsGlob(pattern: string, path: string): boolean {
  let [p, s, star, mark] = [0, 0, -1, 0]
  while (s < path.length) {
    if (p < pattern.length && pattern[p] === '*') [star, p, mark] = [p, p + 1, s]
    else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === path[s])) [p, s] = [p + 1, s + 1]
    else if (star >= 0) [p, mark, s] = [star + 1, mark + 1, mark + 1]
    else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

function pathTest(pattern: string): PathTest {
  if (pattern === '/*') return () => nothing
  if (!pattern.includes('{')) {
    if (!/[*?]/.test(pattern)) return (path) => (path === pattern ? nothing : undefined)
    return (path) => (fitsGlob(pattern, path) ? nothing : undefined)
  }
  const wanted = pattern.split('/')
  const greedy = /^\{.*\+\}$/.test(wanted.at(-1) ?? '')
  return (path) => {
    const given = path.split('/')
    if (greedy ? given.length < wanted.length : given.length !== wanted.length) return undefined
    const found: Record<string, string> = {}
    for (const [at, part] of wanted.entries()) {
      const [, name, rest] = /^\{([^}+]+)(\+?)\}$/.exec(part) ?? []
      const value = rest ? given.slice(at).join('/') : (given[at] ?? '')
      if (name === undefined ? value !== part : value === '') return undefined
      if (name !== undefined) found[name] = value
    }
    return found
  }
}

function hostTest(pattern: string | undefined): (host: string) => boolean {
  if (pattern === undefined) return () => true
  const lower = pattern.toLowerCase()
  // One label or more before the rest, as certificates of names have it; never the bare name.
  if (lower.startsWith('*.')) return (host) => host.length > lower.length - 1 && host.endsWith(lower.slice(1))
  return (host) => host === lower
}

export type Match = (
  listener: string | undefined,
  method: string,
  host: string,
  path: string,
) => Readonly<Record<string, string>> | undefined

/** The test of one route. `host` is in lower case without a port, `path` as `plainPath` made it. */
export function matcherOf({ listeners, host, path, methods }: RouteSettings): Match {
  const fitsHost = hostTest(host)
  const fitsPath = pathTest(path ?? '/*')
  return (listener, method, asked, at) => {
    if (listeners && !listeners.includes(listener ?? '')) return undefined
    if (methods && !methods.includes(method)) return undefined
    return fitsHost(asked) ? fitsPath(at) : undefined
  }
}

const unreserved = /%(2[dDeE]|3[0-9]|4[1-9a-fA-F]|5[0-9aAfF]|6[1-9a-fA-F]|7[0-9aAeE])/g
const isUnreserved = /[A-Za-z0-9._~-]/

/**
 * The path that rules are held against: needless escapes undone (RFC 3986 6.2.2.2), repeated slashes counted once.
 * Undefined for a path that proxy and upstream could read differently, so that a rule would not protect what it seems to:
 * dot segments, backslashes, NUL, a second slash at the beginning, broken escapes, and separators in disguise unless passed.
 */
export function plainPath(path: string, encodedSlashes: 'refuse' | 'pass' = 'refuse'): string | undefined {
  if (!path.startsWith('/') || path.startsWith('//')) return undefined
  if (!path.includes('%') && !path.includes('.') && !path.includes('//'))
    return /^[\x21-\x7e]+$/.test(path) && !/[\\#]/.test(path) ? path : undefined
  if (/%(?![0-9a-fA-F]{2})/.test(path) || !/^[\x21-\x7e]+$/.test(path)) return undefined
  const undone = path.replace(unreserved, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
    return isUnreserved.test(character) ? character : triplet
  })
  if (/[\\#]|%00|%0[aAdD]/.test(undone)) return undefined
  if (encodedSlashes === 'refuse' && /%2f|%5c/i.test(undone)) return undefined
  // Some servers cut `;…` off a segment before they look at its dots.
  if (undone.split(/\/|%2f|%5c/i).some((segment) => /^\.\.?(;.*)?$/.test(segment))) return undefined
  return undone.replace(/\/{2,}/g, '/')
}
