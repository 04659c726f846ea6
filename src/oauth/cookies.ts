/** The cookies of a domain: read from a request, written so that scripts and other sites never see them. RFC 6265. */
import type { Site } from './site.ts'

type Place = Pick<Site, 'base' | 'call' | 'world'>

/** The value of the first cookie of that name; AWS quotes some. */
export function readCookie({ call }: Pick<Site, 'call'>, name: string): string | undefined {
  for (const pair of (call.headers['cookie'] ?? '').split(';')) {
    const mark = pair.indexOf('=')
    if (mark > 0 && pair.slice(0, mark).trim() === name) {
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
export function cookie({ base, call, world }: Place, name: string, value: string, seconds?: number): string {
  // Whoever ends TLS before us may say so in the settings only.
  const secure = call.secure || world.settings.publicUrl.startsWith('https:')
  const life = seconds === undefined ? '' : `; Max-Age=${seconds}`
  return `${name}=${value}; Path=${base || '/'}${life}${secure ? '; Secure' : ''}; HttpOnly; SameSite=Lax`
}

/** AWS's name for the browser's session. */
export const sessionCookie = 'cognito'
