/** Assuming a role with a SAML assertion. AWS: STS API Reference, AssumeRoleWithSAML; IAM User Guide, "Available keys for SAML-based federation". */
import { createHash } from 'node:crypto'
import type { Keys } from '../iam/request-context.ts'
import type { Tag } from '../iam/tags.ts'
import { anonymous } from '../wire/caller.ts'
import { AwsError, fail } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'
import type { World } from '../world.ts'
import {
  type Asserted,
  readAssertion,
  rolesOffered,
  type SamlAssertion,
  tagValues,
  valuesOf,
} from './providers/assertion.ts'
import { durationFor, requireTrust } from './role-session.ts'
import { type PolicyRequest, packedSize, readSessionPolicies } from './session-policies.ts'
import { readTagging } from './session-tags.ts'
import { mintSession } from './sessions.ts'

const action = 'sts:AssumeRoleWithSAML'

export type SamlRequest = PolicyRequest & {
  RoleArn: string
  PrincipalArn: string
  SAMLAssertion: string
  DurationSeconds?: number
}

const refuse = (message: string): never => fail('InvalidIdentityTokenException', message)
const refusal = `Not authorized to perform ${action}`

/** AWS's sentences for what can be wrong with an assertion. unproved: that all other faults have the last one. */
function refuseAssertion({ refusal: reason }: Extract<Asserted, { refusal: unknown }>): never {
  if (reason === 'provider') return refuse("Specified provider doesn't exist")
  if (reason === 'signature' || reason === 'unsigned') return refuse('Response signature invalid')
  if (reason === 'expired') {
    return fail('ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance')
  }
  if (reason === 'issuer') return refuse('Issuer not present in specified provider')
  return refuse('Invalid SAML response')
}

/** Exactly one value, or none. */
function single(assertion: SamlAssertion, name: string): string | undefined {
  const [value, ...more] = valuesOf(assertion, name)
  // unproved: the sentence.
  return more.length > 0 ? refuse(`${name} in AuthnResponse must have one value`) : value
}

function sessionNameIn(assertion: SamlAssertion): string {
  const name = single(assertion, 'RoleSessionName') ?? refuse('RoleSessionName is required in AuthnResponse')
  if (/^[a-zA-Z_0-9+=,.@-]{2,64}$/.test(name)) return name
  return refuse('RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}')
}

function sourceIdentityIn(assertion: SamlAssertion): string | undefined {
  const source = single(assertion, 'SourceIdentity')
  if (source === undefined || (/^[\w+=,.@-]{2,64}$/.test(source) && !/^aws:/i.test(source))) return source
  return refuse('Source Identity must match [\\w+=,.@-]{2,64} and not begin with aws:')
}

function taggingIn(assertion: SamlAssertion) {
  const tags = tagValues(assertion).map(({ Key, values }): Tag => {
    const [Value, ...more] = values
    // unproved: the sentence.
    return Value !== undefined && more.length === 0 ? { Key, Value } : refuse(`The tag ${Key} must have one value`)
  })
  return readTagging(tags, valuesOf(assertion, 'TransitiveTagKeys'))
}

/**
 * Seconds: what was asked for, or an hour; never longer than the assertion's SessionDuration, nor than the session at the
 * provider lasts. Refuses a SessionDuration that could not be.
 */
function secondsFor(world: World, assertion: SamlAssertion, wanted: number | undefined): number {
  const written = single(assertion, 'SessionDuration')
  const most = written === undefined ? undefined : Number(written)
  if (most !== undefined && !(Number.isInteger(most) && most >= 900 && most <= 43_200)) {
    // unproved: the sentence.
    refuse('SessionDuration in AuthnResponse must be from 900 to 43200')
  }
  const seconds = Math.min(wanted ?? 3600, most ?? Number.POSITIVE_INFINITY)
  const { sessionNotOnOrAfter: end } = assertion
  return end === undefined ? seconds : Math.max(1, Math.min(seconds, Math.floor((end - world.now()) / 1000)))
}

/** The attributes that policies may ask about, by the last word of their names: LDAP's, and those of eduPerson by their OIDs. */
const attributeKeys: Readonly<Record<string, string>> = {
  'urn:oid:2.5.4.3': 'commonName',
  'urn:oid:2.5.4.4': 'surname',
  'urn:oid:2.5.4.42': 'givenName',
  'urn:oid:2.5.4.45': 'x500UniqueIdentifier',
  'urn:oid:2.5.4.41': 'name',
  'urn:oid:0.9.2342.19200300.100.1.1': 'uid',
  'urn:oid:0.9.2342.19200300.100.1.3': 'mail',
  'urn:oid:0.9.2342.19200300.100.1.45': 'organizationStatus',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.1': 'edupersonaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.2': 'edupersonnickname',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.3': 'edupersonorgdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.4': 'edupersonorgunitdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.5': 'edupersonprimaryaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.6': 'edupersonprincipalname',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.7': 'edupersonentitlement',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.8': 'edupersonprimaryorgunitdn',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.9': 'edupersonscopedaffiliation',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.10': 'edupersontargetedid',
  'urn:oid:1.3.6.1.4.1.5923.1.1.1.11': 'edupersonassurance',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.2': 'eduorghomepageuri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.3': 'eduorgidentityauthnpolicyuri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.4': 'eduorglegalname',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.5': 'eduorgsuperioruri',
  'urn:oid:1.3.6.1.4.1.5923.1.2.1.6': 'eduorgwhitepagesuri',
  'http://schemas.xmlsoap.org/claims/CommonName': 'cn',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name': 'name',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname': 'givenName',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname': 'surname',
  'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress': 'mail',
  'http://schemas.microsoft.com/ws/2008/06/identity/claims/primarygroupsid': 'primaryGroupSID',
}

function keysIn(assertion: SamlAssertion, account: string, providerName: string) {
  const { issuer, nameId, subjectType, recipient } = assertion
  // AWS: AssumeRoleWithSAML, NameQualifier: SHA-1 is AWS's choice of a name, not a signature.
  const nameQualifier = createHash('sha1').update(`${issuer}${account}/${providerName}`).digest('base64')
  const attributes: Record<string, readonly string[]> = {}
  for (const [name, values] of Object.entries(assertion.attributes)) {
    const key = Object.hasOwn(attributeKeys, name) ? attributeKeys[name] : undefined
    if (key !== undefined) attributes[`saml:${key}`] = [...(attributes[`saml:${key}`] ?? []), ...values]
  }
  const kept: Keys = { 'saml:namequalifier': nameQualifier, 'saml:sub': nameId, 'saml:sub_type': subjectType }
  const asked: Keys = {
    ...attributes,
    ...kept,
    'saml:aud': recipient,
    'saml:iss': issuer,
    'saml:doc': `${account}/${providerName}`,
  }
  return { nameQualifier, kept, asked }
}

/** Credentials of a session of a role that both the assertion offers and whose trust policy lets the provider in. */
export async function assumeRoleWithSaml(context: Context, wanted: SamlRequest) {
  const { world } = context
  const { RoleArn: roleArn, PrincipalArn: provider } = wanted
  const asserted = await readAssertion(world, provider, wanted.SAMLAssertion)
  if ('refusal' in asserted) return refuseAssertion(asserted)
  const { assertion, providerName } = asserted
  const sessionPolicies = await readSessionPolicies(world, wanted)
  const sessionName = sessionNameIn(assertion)
  const sourceIdentity = sourceIdentityIn(assertion)
  const tagging = taggingIn(assertion)
  const packed = packedSize(sessionPolicies, tagging.tags)
  if (!rolesOffered(assertion, provider).includes(roleArn)) {
    throw new AwsError('AccessDenied', refusal, {
      status: 403,
      explanation: `The assertion does not offer ${roleArn}.`,
    })
  }
  const { nameQualifier, kept, asked } = keysIn(assertion, world.settings.account, providerName)
  const role = await requireTrust(world, context, {
    roleArn,
    actions: [
      action,
      ...(tagging.tags.length > 0 ? ['sts:TagSession'] : []),
      ...(sourceIdentity !== undefined ? ['sts:SetSourceIdentity'] : []),
    ],
    caller: anonymous,
    principal: { kind: 'saml', account: '', arn: '', userId: assertion.nameId, provider },
    keys: {
      ...asked,
      ...tagging.keys,
      'sts:RoleSessionName': sessionName,
      'aws:FederatedProvider': provider,
      ...(sourceIdentity !== undefined && { 'sts:SourceIdentity': sourceIdentity }),
    },
    refusal: () => refusal,
  })
  const { assumedRole, ...credentials } = mintSession(world, {
    role,
    sessionName,
    durationSeconds: durationFor(role, secondsFor(world, assertion, wanted.DurationSeconds)),
    context: kept,
    provider,
    tags: tagging.tags,
    transitiveTags: tagging.transitiveTags,
    sessionPolicies,
    sourceIdentity,
  })
  return {
    Credentials: credentials,
    AssumedRoleUser: assumedRole,
    PackedPolicySize: packed,
    Subject: assertion.nameId,
    SubjectType: assertion.subjectType,
    Issuer: assertion.issuer,
    Audience: assertion.recipient,
    NameQualifier: nameQualifier,
    SourceIdentity: sourceIdentity,
  }
}
