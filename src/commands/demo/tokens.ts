/** Tokens as the story shows and spoils them. Nothing here verifies: that is the server's part. */

export function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Record<string, unknown>
}

/** `token_use=id  email=ann@example.com`. */
export const showClaims = (token: string, names: readonly string[]): string => {
  const claims = claimsOf(token)
  return names.map((name) => `${name}=${claims[name]}`).join('  ')
}

/** The same token with another claim, under the signature of the old one. */
export function withClaim(token: string, name: string, value: unknown): string {
  const [header, , signature] = token.split('.')
  const payload = Buffer.from(JSON.stringify({ ...claimsOf(token), [name]: value })).toString('base64url')
  return [header, payload, signature].join('.')
}

/** One letter in the middle is another one. */
export function spoil(text: string): string {
  const at = Math.floor(text.length / 2)
  return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
}

export const shorten = (text: string, length = 24): string =>
  text.length > length ? `${text.slice(0, length)}…` : text
