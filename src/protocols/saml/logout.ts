/** Reads messages about signing out: the answer to ours, and an identity provider's own request. Both must be signed. */
import type { KeyObject } from 'node:crypto'
import { skew } from './assertion.ts'
import { readRedirect } from './bindings.ts'
import { refuse } from './error.ts'
import { assertionNamespace, checkStatus, issuerOf, needAttribute, protocol, readMessage } from './message.ts'
import type { SamlMetadata } from './metadata.ts'
import type { SamlSession } from './requests.ts'
import { dsig, readSigned, signatureOf } from './signature.ts'
import { readTime } from './time.ts'
import { allElements, attributeOf, childNamed, childrenNamed, isNamed, textOf, type XmlElement } from './xml.ts'

/** As it came: base64 of a form field, or the query of a redirect, as it stood. */
export type Carried = { readonly form: string } | { readonly query: string }

export type LogoutChecks = {
  readonly metadata: SamlMetadata
  readonly message: Carried
  /** Epoch milliseconds. */
  readonly now: number
  /** Our own addresses. */
  readonly destination: readonly string[]
}

/** Messages about signing out are answered at once; an old one is a copy. */
const mostAge = 360_000

/** Refuses unless this is the answer to the request of that id, and tells whether the identity provider did it. */
export function readLogoutResponse(checks: LogoutChecks & { readonly inResponseTo: string }): void {
  const response = readOne('SAMLResponse', 'LogoutResponse', checks)
  if (attributeOf(response, 'InResponseTo') !== checks.inResponseTo)
    refuse('in-response-to', 'The response answers another request.')
  checkStatus(response)
}

export type LogoutRequest = Pick<SamlSession, 'nameId' | 'nameIdFormat'> & {
  readonly id: string
  /** Those that end; all, if none is named. */
  readonly sessionIndexes: readonly string[]
}

export function readLogoutRequest(checks: LogoutChecks): LogoutRequest {
  const request = readOne('SAMLRequest', 'LogoutRequest', checks)
  const until = attributeOf(request, 'NotOnOrAfter')
  if (until !== undefined && readTime(until) <= checks.now - skew) refuse('expired', 'The request is no longer valid.')
  const name = childNamed(request, assertionNamespace, 'NameID')
  const nameId = name ? textOf(name).trim() : ''
  if (!name || nameId === '') refuse('name-id', 'The request has no NameID.')
  return {
    id: needAttribute(request, 'ID'),
    nameId,
    nameIdFormat: attributeOf(name, 'Format'),
    sessionIndexes: childrenNamed(request, protocol, 'SessionIndex').map((one) => textOf(one).trim()),
  }
}

function readOne(
  parameter: 'SAMLRequest' | 'SAMLResponse',
  local: string,
  { metadata, message, now, destination }: LogoutChecks,
): XmlElement {
  const keys = metadata.signingKeys
  const one =
    'query' in message ? readRedirect(message.query, parameter, keys) : signedForm(readMessage(message.form), keys)
  if (!isNamed(one, protocol, local) || attributeOf(one, 'Version') !== '2.0')
    refuse('shape', `The message is no ${local}.`)
  if (issuerOf(one) !== metadata.entityId) refuse('issuer', 'The message is of another issuer.')
  const named = attributeOf(one, 'Destination')
  if (named && !destination.includes(named)) refuse('destination', 'The message is for another destination.')
  const issuedAt = readTime(needAttribute(one, 'IssueInstant'))
  if (issuedAt > now + skew) refuse('not-yet-valid', 'The message was issued in the future.')
  if (issuedAt + mostAge <= now) refuse('expired', 'The message was issued too long ago.')
  return one
}

function signedForm(root: XmlElement, keys: readonly KeyObject[]): XmlElement {
  const signature = signatureOf(root)
  if (!signature) refuse('unsigned', 'The message is not signed.')
  const signatures = [...allElements(root)].filter((one) => isNamed(one, dsig, 'Signature'))
  if (signatures.length > 1) refuse('shape', 'A signature stands in the wrong place.')
  return readSigned(root, signature, keys)
}
