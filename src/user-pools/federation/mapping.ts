/** What a provider said, as attributes of the pool. AWS: Developer Guide, "Mapping IdP attributes to profiles and tokens". */
import type { Assertion, IdentityProvider } from './provider.ts'

type Said = Assertion['attributes'][string]

/** AWS: in a list, everything but these characters is form-encoded. RFC 1866 8.2.1, with its space as `+`. */
const encode = (value: string): string =>
  encodeURIComponent(value)
    .replace(/%20/g, '+')
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

/** One value as it is; several as AWS lists them: `[a,b]`. */
const textOf = (said: Said): string =>
  typeof said === 'string'
    ? said
    : said.length === 1
      ? (said[0] ?? '')
      : said.length === 0
        ? ''
        : `[${said.map(encode).join(',')}]`

const isVerification = (name: string) => name === 'email_verified' || name === 'phone_number_verified'

/** Attribute to value. A claim that is absent is not here; one that is blank is, and clears the attribute. */
export function mapAttributes(
  { mapping }: Pick<IdentityProvider, 'mapping'>,
  said: Omit<Assertion, 'subject'>,
): Record<string, string> {
  const mapped: Record<string, string> = {}
  for (const [name, claim] of Object.entries(mapping)) {
    if (name === 'username') continue
    const value = sourceOf(said, claim)
    if (value === undefined) continue
    const text = textOf(value)
    // Verified is what is said to be true, and nothing else.
    mapped[name] = isVerification(name) ? String(text.toLowerCase() === 'true') : text
  }
  return mapped
}

/** AWS: the provider's own tokens can be mapped by these names. */
const tokenNames: ReadonlySet<string> = new Set(['access_token', 'id_token', 'refresh_token'])

function sourceOf({ attributes, tokens }: Omit<Assertion, 'subject'>, claim: string): Said | undefined {
  if (Object.hasOwn(attributes, claim)) return attributes[claim]
  return tokens && tokenNames.has(claim) && Object.hasOwn(tokens, claim) ? tokens[claim] : undefined
}

/** A provider's claims as text: what is no text is printed, what is null or absent is left out. */
export function readClaims(claims: Readonly<Record<string, unknown>>): Record<string, string | readonly string[]> {
  const print = (value: unknown) => (typeof value === 'object' ? JSON.stringify(value) : String(value))
  return Object.fromEntries(
    Object.entries(claims).flatMap(([name, value]) => {
      if (value === null || value === undefined) return []
      return [[name, Array.isArray(value) ? value.map(print) : print(value)] as const]
    }),
  )
}
