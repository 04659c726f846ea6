/** Which addresses a browser may be sent back to. AWS: API_CreateUserPoolClient, CallbackURLs. */
import { fail } from '../../wire/errors.ts'

const refuse: (message: string) => never = (message) => fail('InvalidParameterException', message)

/** Hosts that plain HTTP may go to, at any port: they are the user's own machine. */
const ownMachine: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Schemes that a browser would run or read instead of going somewhere. */
const dangerous: ReadonlySet<string> = new Set(['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'])

/**
 * Refuses what is not absolute, has a fragment, or would send a code over plain HTTP to another machine; an app's own
 * scheme is fine. The text is kept as it is, because it is compared as text. The sentences about
 * fragments and HTTP were measured; unproved: the others.
 */
export function checkRedirectUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || dangerous.has(url.protocol)) refuse(`${text} is not a valid redirect URI.`)
  if (text.includes('#')) refuse(`${text} cannot use fragment`)
  if (url.username || url.password) refuse(`${text} cannot contain a user name or password.`)
  if (url.protocol === 'http:' && !ownMachine.has(url.hostname)) refuse(`${text} cannot use the HTTP protocol.`)
}
