/** What a verified assertion says, and whether it says it to us, now, about this sign-in. SAML Core 2.3–2.7, Profiles 4.1.4.3. */
import { refuse } from './error.ts'
import { assertionNamespace, issuerOf, needAttribute } from './message.ts'
import { readTime } from './time.ts'
import { allTextOf, attributeOf, childNamed, childrenNamed, elementsOf, textOf, type XmlElement } from './xml.ts'

export type SamlAssertion = {
  /** Who must not be heard twice with the same: the replay of an assertion is refused by its id. */
  readonly id: string
  readonly issuer: string
  readonly nameId: string
  /** As it stands there; SAML's own word for none at all if absent. */
  readonly nameIdFormat: string
  /** What STS calls SubjectType: the format without SAML 2.0's prefix. */
  readonly subjectType: string
  readonly nameQualifier: string | undefined
  readonly spNameQualifier: string | undefined
  readonly attributes: Readonly<Record<string, string[]>>
  /** The one of the audiences that we are. */
  readonly audience: string
  readonly recipient: string
  /** Epoch milliseconds; the earlier one of the confirmation's and the conditions'. Its id is of no use afterwards. */
  readonly notOnOrAfter: number
  readonly issuedAt: number
  readonly sessionIndex: string | undefined
  readonly sessionNotOnOrAfter: number | undefined
}

export type AssertionChecks = {
  /** The entity that the metadata is of. */
  readonly issuer: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly audience: string | readonly string[]
  readonly recipient: string | readonly string[]
  /**
   * The request that this answers; null: it must answer none; undefined: it may answer any, which is for receivers that
   * never ask.
   */
  readonly inResponseTo?: string | null
  /** The longest that may have passed since it was issued, in milliseconds. */
  readonly mostAge?: number
}

/** How far the clocks may be apart. unproved: AWS does not tell its own. */
export const skew = 60_000

const xsi = 'http://www.w3.org/2001/XMLSchema-instance'
const formats = 'urn:oasis:names:tc:SAML:2.0:nameid-format:'
const bearer = 'urn:oasis:names:tc:SAML:2.0:cm:bearer'

/** Reads an assertion that has been verified; whatever it may not be is refused. */
export function readAssertion(assertion: XmlElement, checks: AssertionChecks): SamlAssertion {
  if (attributeOf(assertion, 'Version') !== '2.0') refuse('shape', 'The assertion is not one of SAML 2.0.')
  if (issuerOf(assertion) !== checks.issuer) refuse('issuer', 'The assertion is of another issuer.')
  const issuedAt = readTime(needAttribute(assertion, 'IssueInstant'))
  if (issuedAt > checks.now + skew) refuse('not-yet-valid', 'The assertion was issued in the future.')
  if (checks.mostAge !== undefined && issuedAt + checks.mostAge <= checks.now)
    refuse('expired', 'The assertion was issued too long ago.')
  const subject = childNamed(assertion, assertionNamespace, 'Subject') ?? refuse('name-id', 'There is no subject.')
  const { audience, until } = checkConditions(assertion, checks)
  const confirmed = confirm(subject, checks)
  return {
    id: needAttribute(assertion, 'ID'),
    issuer: checks.issuer,
    ...readNameId(subject),
    attributes: readAttributes(assertion),
    audience,
    recipient: confirmed.recipient,
    notOnOrAfter: Math.min(confirmed.until, until),
    issuedAt,
    ...readSession(assertion, checks),
  }
}

function readNameId(subject: XmlElement) {
  const name = childNamed(subject, assertionNamespace, 'NameID')
  const nameId = name ? textOf(name).trim() : ''
  if (!name || nameId === '') return refuse('name-id', 'The subject has no NameID.')
  const nameIdFormat = attributeOf(name, 'Format') || 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'
  return {
    nameId,
    nameIdFormat,
    subjectType: nameIdFormat.startsWith(formats) ? nameIdFormat.slice(formats.length) : nameIdFormat,
    nameQualifier: attributeOf(name, 'NameQualifier'),
    spNameQualifier: attributeOf(name, 'SPNameQualifier'),
  }
}

const listOf = (one: string | readonly string[]): readonly string[] => (typeof one === 'string' ? [one] : one)

const knownConditions: ReadonlySet<string> = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'])

/** Every restriction must name us, and there must be one. A condition that is not understood is not met. Core 2.5.1. */
function checkConditions(assertion: XmlElement, { now, audience }: AssertionChecks) {
  const conditions = childNamed(assertion, assertionNamespace, 'Conditions')
  if (!conditions) return refuse('audience', 'The assertion has no conditions.')
  const until = checkWindow(conditions, now)
  const all = elementsOf(conditions)
  if (all.some(({ namespace, local }) => namespace !== assertionNamespace || !knownConditions.has(local)))
    refuse('shape', 'The assertion has a condition that is not known.')
  const ours = listOf(audience)
  const named = childrenNamed(conditions, assertionNamespace, 'AudienceRestriction').map((restriction) =>
    childrenNamed(restriction, assertionNamespace, 'Audience')
      .map((one) => textOf(one).trim())
      .find((one) => ours.includes(one)),
  )
  if (named.length === 0 || named.includes(undefined)) refuse('audience', 'The assertion is for another audience.')
  return { audience: named[0] as string, until }
}

/** NotBefore and NotOnOrAfter; the end, or never. */
function checkWindow(element: XmlElement, now: number): number {
  const [from, end] = ['NotBefore', 'NotOnOrAfter'].map((name) => attributeOf(element, name))
  const until = end === undefined ? Number.POSITIVE_INFINITY : readTime(end)
  if (from !== undefined && readTime(from) > now + skew) refuse('not-yet-valid', `${element.local} is not yet valid.`)
  if (until <= now - skew) refuse('expired', `${element.local} is no longer valid.`)
  return until
}

/** One bearer confirmation that fits is enough; if none does, the first one's fault is told. Profiles 4.1.4.2. */
function confirm(subject: XmlElement, checks: AssertionChecks): { recipient: string; until: number } {
  let first: unknown
  for (const confirmation of childrenNamed(subject, assertionNamespace, 'SubjectConfirmation')) {
    if (attributeOf(confirmation, 'Method') !== bearer) continue
    try {
      return confirmBearer(confirmation, checks)
    } catch (error) {
      first ??= error
    }
  }
  throw first ?? refuse('confirmation', 'The subject has no bearer confirmation.')
}

function confirmBearer(confirmation: XmlElement, { now, recipient, inResponseTo }: AssertionChecks) {
  const data = childNamed(confirmation, assertionNamespace, 'SubjectConfirmationData')
  if (!data) return refuse('confirmation', 'A bearer confirmation has no data.')
  const named = attributeOf(data, 'Recipient')
  if (named === undefined || !listOf(recipient).includes(named))
    return refuse('recipient', 'The assertion is for another recipient.')
  if (attributeOf(data, 'NotOnOrAfter') === undefined) refuse('confirmation', 'A bearer confirmation has no end.')
  const until = checkWindow(data, now)
  checkInResponseTo(data, inResponseTo)
  return { recipient: named, until }
}

export function checkInResponseTo(element: XmlElement, expected: string | null | undefined): void {
  if (expected === undefined) return
  const named = attributeOf(element, 'InResponseTo')
  if ((named ?? null) !== expected) refuse('in-response-to', `${element.local} answers another request.`)
}

function readSession(assertion: XmlElement, { now }: AssertionChecks) {
  // AWS: the SessionIndex of the first AuthnStatement counts.
  const [statement] = childrenNamed(assertion, assertionNamespace, 'AuthnStatement')
  const end = statement && attributeOf(statement, 'SessionNotOnOrAfter')
  const sessionNotOnOrAfter = end === undefined ? undefined : readTime(end)
  if (sessionNotOnOrAfter !== undefined && sessionNotOnOrAfter <= now - skew)
    refuse('expired', 'The session at the identity provider is over.')
  return { sessionIndex: statement && attributeOf(statement, 'SessionIndex'), sessionNotOnOrAfter }
}

/** All values of all statements by the attribute's Name; `xsi:nil` is no value. */
function readAttributes(assertion: XmlElement): Record<string, string[]> {
  const values = new Map<string, string[]>()
  const attributes = childrenNamed(assertion, assertionNamespace, 'AttributeStatement').flatMap((statement) =>
    childrenNamed(statement, assertionNamespace, 'Attribute'),
  )
  for (const attribute of attributes) {
    const name = needAttribute(attribute, 'Name')
    const found = childrenNamed(attribute, assertionNamespace, 'AttributeValue').filter((value) => !isNil(value))
    // A value may be an element, such as a NameID; its text is what can be kept.
    values.set(name, [...(values.get(name) ?? []), ...found.map((value) => allTextOf(value).trim())])
  }
  return Object.fromEntries(values)
}

const isNil = ({ attributes }: XmlElement) =>
  attributes.some(
    ({ namespace, local, value }) => namespace === xsi && local === 'nil' && ['true', '1'].includes(value),
  )
