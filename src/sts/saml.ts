/** Assuming a role with a SAML assertion. AWS: STS API Reference, AssumeRoleWithSAML; IAM User Guide, "Available keys for SAML-based federation". */
import { isTag, type Tag } from '../iam/tags.ts'
import { fail } from '../wire/errors.ts'
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
import { keysIn } from './saml-keys.ts'
import { type PolicyRequest, readSessionPolicies } from './session-policies.ts'
import { readTagging } from './session-tags.ts'
import type { TokenRequest } from './sessions.ts'
import { assumeVouched } from './vouched.ts'

const action = 'sts:AssumeRoleWithSAML'

export type SamlRequest = PolicyRequest &
  TokenRequest & {
    RoleArn: string
    PrincipalArn: string
    SAMLAssertion: string
    DurationSeconds?: number
  }

const refuse = (message: string): never => fail('InvalidIdentityTokenException', message)

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
    // unproved: the sentences.
    if (Value === undefined || more.length > 0) return refuse(`The tag ${Key} must have one value`)
    return isTag({ Key, Value }) ? { Key, Value } : refuse(`The tag ${Key} is not valid`)
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
  if (!rolesOffered(assertion, provider).includes(roleArn)) {
    refuse("SAML Assertion doesn't contain the requested Role and Metadata in the attributes")
  }
  const { nameQualifier, kept, asked } = keysIn(assertion, world.settings.account, providerName)
  const session = await assumeVouched(world, context, {
    ...{ action, roleArn, sessionName, sessionPolicies, provider, sourceIdentity, tagging, kept, asked },
    durationSeconds: secondsFor(world, assertion, wanted.DurationSeconds),
    leastToken: wanted.MinimumSessionTokenSize,
    principal: { kind: 'saml', userId: assertion.nameId },
  })
  return {
    ...session,
    Subject: assertion.nameId,
    SubjectType: assertion.subjectType,
    Issuer: assertion.issuer,
    Audience: assertion.recipient,
    NameQualifier: nameQualifier,
  }
}
