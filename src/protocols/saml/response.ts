/**
 * Verifies a SAML response: the shape, then the signatures, then, in nothing but what was signed, who the assertion is
 * about. Every caller goes this one way: sign-in at a user pool's domain, and AssumeRoleWithSAML.
 */
import type { KeyObject } from 'node:crypto'
import { type AssertionChecks, checkInResponseTo, readAssertion, type SamlAssertion } from './assertion.ts'
import { openAssertion } from './encryption.ts'
import { refuse } from './error.ts'
import { assertionNamespace, checkStatus, issuerOf, protocol, readMessage } from './message.ts'
import { readMetadata, type SamlMetadata } from './metadata.ts'
import { dsig, readSigned, signatureOf } from './signature.ts'
import { allElements, attributeOf, childNamed, elementsOf, isNamed, type XmlElement } from './xml.ts'

export type { SamlAssertion } from './assertion.ts'
export { SamlError, type SamlReason } from './error.ts'

export type ResponseChecks = Omit<AssertionChecks, 'issuer'> & {
  /** The XML of the identity provider, or what was read from it. */
  readonly metadata: string | SamlMetadata
  /** Base64, as the form field SAMLResponse has it. */
  readonly response: string
  /** The key, in PEM, that assertions are encrypted for; `required`: others are not taken. */
  readonly decryption?: { readonly privatePem: string; readonly required: boolean }
}

/** The assertion of a response, all of it verified; throws a SamlError otherwise. What it does not know is whether the id was heard before. */
export function verifySamlResponse(checks: ResponseChecks): SamlAssertion {
  const metadata = typeof checks.metadata === 'string' ? readMetadata(checks.metadata) : checks.metadata
  const response = readMessage(checks.response)
  checkShape(response)
  checkStatus(response)
  const signature = signatureOf(response)
  const signed = signature && readSigned(response, signature, metadata.signingKeys)
  if (signed && !isNamed(signed, protocol, 'Response')) refuse('signature', 'What is signed is not a response.')
  checkEnvelope(signed ?? response, metadata, checks)
  const assertion = signedAssertion(response, signed, metadata.signingKeys, checks)
  return readAssertion(assertion, { ...checks, issuer: metadata.entityId })
}

/**
 * One response with one assertion, plain or encrypted, as its child; signatures are children of these two. Assertions and
 * signatures elsewhere (in extensions, advice, objects of a signature) exist in attacks.
 */
function checkShape(response: XmlElement): void {
  if (!isNamed(response, protocol, 'Response')) refuse('shape', 'The message is not a response.')
  if (attributeOf(response, 'Version') !== '2.0') refuse('shape', 'The response is not one of SAML 2.0.')
  const children = elementsOf(response)
  const assertions = children.filter(isAnyAssertion)
  if (assertions.length === 0) checkStatus(response)
  const [assertion, ...others] = assertions
  if (!assertion || others.length > 0) refuse('shape', 'The response has not exactly one assertion.')
  const all = [...allElements(response)]
  if (all.filter(isAnyAssertion).length > 1) refuse('shape', 'An assertion stands inside of another element.')
  if (all.filter((one) => isNamed(one, protocol, 'Response')).length > 1) refuse('shape', 'A response holds another.')
  checkSignaturePlaces(all, [...children, ...elementsOf(assertion)])
}

function checkSignaturePlaces(all: readonly XmlElement[], places: readonly XmlElement[]): void {
  const stray = all.filter((one) => isNamed(one, dsig, 'Signature')).some((one) => !places.includes(one))
  if (stray) refuse('shape', 'A signature stands in the wrong place.')
}

const isAnyAssertion = (element: XmlElement) =>
  isNamed(element, assertionNamespace, 'Assertion') || isNamed(element, assertionNamespace, 'EncryptedAssertion')

/** What the response itself says. It may be unsigned, so this only ever refuses. */
function checkEnvelope(response: XmlElement, { entityId }: SamlMetadata, checks: ResponseChecks): void {
  const issuer = issuerOf(response)
  if (issuer !== undefined && issuer !== entityId) refuse('issuer', 'The response is of another issuer.')
  const destination = attributeOf(response, 'Destination')
  const ours = typeof checks.recipient === 'string' ? [checks.recipient] : checks.recipient
  if (destination && !ours.includes(destination)) refuse('destination', 'The response is for another destination.')
  checkInResponseTo(response, checks.inResponseTo)
}

/**
 * The assertion in the form that was signed. Both signatures must verify where there are both; its own is the closer one,
 * so that is the text that is read.
 */
function signedAssertion(
  response: XmlElement,
  signed: XmlElement | undefined,
  keys: readonly KeyObject[],
  { decryption }: ResponseChecks,
): XmlElement {
  const plain = childNamed(response, assertionNamespace, 'Assertion')
  if (plain && decryption?.required) refuse('not-encrypted', 'The assertion is not encrypted.')
  const assertion = plain ?? decrypted(signed ?? response, decryption)
  const signature = signatureOf(assertion)
  if (signature) {
    const own = readSigned(assertion, signature, keys)
    return isNamed(own, assertionNamespace, 'Assertion') ? own : refuse('signature', 'What is signed is no assertion.')
  }
  if (!signed) return refuse('unsigned', 'Neither the response nor its assertion is signed.')
  if (!plain) return assertion
  return childNamed(signed, assertionNamespace, 'Assertion') ?? refuse('signature', 'The assertion is not signed.')
}

function decrypted(response: XmlElement, decryption: ResponseChecks['decryption']): XmlElement {
  const encrypted = childNamed(response, assertionNamespace, 'EncryptedAssertion')
  if (!encrypted) return refuse('shape', 'The response has no assertion.')
  if (!decryption) return refuse('encryption', 'The assertion is encrypted, and there is no key for it.')
  const assertion = openAssertion(encrypted, decryption.privatePem)
  const all = [...allElements(assertion)]
  if (all.filter(isAnyAssertion).length > 1) refuse('shape', 'An assertion stands inside of another element.')
  checkSignaturePlaces(all, elementsOf(assertion))
  return assertion
}
