/** What this domain is as a SAML service provider: its names and addresses, its signature, its words for what went wrong. */
import { redirectTo, type Sent } from '../../protocols/saml/bindings.ts'
import type { SamlReason } from '../../protocols/saml/error.ts'
import { domainUrl, pathOf } from '../../user-pools/domains/domain.ts'
import { samlKey } from '../../user-pools/saml-keys/key.ts'
import { readBody } from '../../wire/body.ts'
import type { Call } from '../../wire/http.ts'
import { type Parameters, readParameters } from '../parameters.ts'
import { show } from '../refusals.ts'
import type { Site } from '../site.ts'
import { siteUrl } from './state.ts'

/** AWS: Developer Guide, "Configuring your third-party SAML identity provider". */
export const entityId = ({ pool }: Pick<Site, 'pool'>): string => `urn:amazon:cognito:sp:${pool.id}`

export const acsPath = '/saml2/idpresponse'
export const logoutPath = '/saml2/logout'

export const acsUrl = (site: Site): string => siteUrl(site) + acsPath
export const logoutUrl = (site: Site): string => siteUrl(site) + logoutPath

/** A domain has two names, its own and its path below the server's; identity providers may be told either. */
export const recipients = ({ world, domain }: Site, path: string): string[] => [
  domainUrl(world.settings, domain) + path,
  world.settings.publicUrl + pathOf(domain.name) + path,
]

/** Core 1.3.4; the letter or underscore in front makes it an XML id. */
export const makeId = ({ world }: Pick<Site, 'world'>): string => `_${world.random(20).toString('hex')}`

export async function signer({ world, pool }: Site): Promise<(text: string) => Promise<Buffer>> {
  const { privatePem } = await samlKey(world, pool)
  return (text) => world.slow.signRsa('sha256', privatePem, text)
}

export const signedRedirect = async (site: Site, location: string, sent: Sent): Promise<string> =>
  redirectTo(location, sent, await signer(site))

export const invalidMessage = 'Invalid samlResponse or relayState from identity provider'

/** AWS: a response has at most 100,000 characters; encoded for a form, and with a RelayState beside it. */
const longestForm = 400_000

/** The form that an identity provider posts. What is none of ours in it does not matter. */
export async function readPosted(call: Call): Promise<Parameters> {
  const type = (call.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (call.method !== 'POST' || type !== 'application/x-www-form-urlencoded') return show(invalidMessage)
  const form = readParameters((await readBody(call, longestForm)).toString())
  const twice = ['SAMLResponse', 'SAMLRequest', 'RelayState'].some((name) => form.isRepeated(name))
  return twice ? show(invalidMessage) : form
}

/** What the app is told after "Invalid SAML response received: ". unproved: all but the first; AWS's others are not recorded. */
export const phrases: Readonly<Record<SamlReason, string>> = {
  signature: 'SAML Assertion signature is invalid.',
  unsigned: 'SAML Assertion is not signed.',
  algorithm: 'SAML Assertion is signed or encrypted with an algorithm that is not accepted.',
  encryption: 'SAML Assertion cannot be decrypted.',
  'not-encrypted': 'SAML Assertion is not encrypted.',
  malformed: 'The response cannot be read.',
  'too-large': 'The response is too large.',
  shape: 'The response does not contain exactly one SAML Assertion.',
  'duplicate-id': 'The response contains an ID twice.',
  status: 'The identity provider did not sign the user in.',
  issuer: 'Issuer is not the identity provider.',
  destination: 'Destination is not this endpoint.',
  recipient: 'Recipient is not this endpoint.',
  audience: 'Audience restriction is not satisfied.',
  'in-response-to': 'InResponseTo does not match the request.',
  expired: 'SAML Assertion is expired.',
  'not-yet-valid': 'SAML Assertion is not yet valid.',
  confirmation: 'Subject is not confirmed.',
  'name-id': 'NameID is missing.',
  metadata: 'The metadata of the identity provider cannot be used.',
}

/**
 * What is told of an encrypted assertion, whichever of these it was: who may change the ciphertext and hears how far we got
 * reads the text by asking (Jager and Somorovsky, "How to Break XML Encryption"). The log tells them apart.
 */
const veiled: ReadonlySet<SamlReason> = new Set<SamlReason>([
  ...(['encryption', 'malformed', 'shape', 'duplicate-id', 'too-large', 'algorithm', 'unsigned', 'signature'] as const),
])

export const phraseFor = (reason: SamlReason, encrypted: boolean): string =>
  encrypted && veiled.has(reason) ? 'SAML Assertion cannot be decrypted, or its signature is invalid.' : phrases[reason]
