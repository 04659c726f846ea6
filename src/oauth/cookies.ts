/** The cookies of a domain: read from a request, written so that scripts and other sites never see them. RFC 6265. */
import type { Site } from './site.ts'

type Place = Pick<Site, 'base' | 'call' | 'world'>

/** Whoever ends TLS before us may say so in the settings only. */
const isSecure = ({ call, world }: Place) => call.secure || world.settings.publicUrl.startsWith('https:')

/**
 * The name that browsers know a cookie by. Where the domain has a host of its own, it is one that no neighbouring host can
 * set: else a session or a state could be planted there. RFC 6265bis 4.1.3.2; AWS's names have no prefix.
 */
const nameOf = (place: Place, name: string) => (place.base === '' && isSecure(place) ? `__Host-${name}` : name)

/** The value of the first cookie of that name; AWS quotes some. */
export function readCookie(place: Place, name: string): string | undefined {
  const wanted = nameOf(place, name)
  for (const pair of (place.call.headers['cookie'] ?? '').split(';')) {
    const mark = pair.indexOf('=')
    if (mark > 0 && pair.slice(0, mark).trim() === wanted) {
      return (
        pair
          .slice(mark + 1)
          .trim()
          .replace(/^"(.*)"$/, '$1') || undefined
      )
    }
  }
  return undefined
}

/** A Set-Cookie value; `seconds` 0 clears. The value is base64url or the like, never somebody's text. */
export function cookie(place: Place, name: string, value: string, seconds?: number): string {
  const life = seconds === undefined ? '' : `; Max-Age=${seconds}`
  const secure = isSecure(place) ? '; Secure' : ''
  return `${nameOf(place, name)}=${value}; Path=${place.base || '/'}${life}${secure}; HttpOnly; SameSite=Lax`
}

/** AWS's name for the browser's session, but for the prefix. */
export const sessionCookie = 'cognito'
