/** From a proven certificate to credentials: the trust anchor, the profile, the role's trust policy. AWS: User Guide, "CreateSession API". */

import { serviceKeys } from '../../iam/request-context.ts'
import type { Role } from '../../iam/roles/role.ts'
import { requestTagKeys, tagKeys } from '../../iam/tags.ts'
import { findPath, flawOf } from '../../protocols/certificate-path.ts'
import { type Certificate, digitalSignature } from '../../protocols/x509.ts'
import { durationFor, requireTrust } from '../../sts/role-session.ts'
import { packedSize, readSessionPolicies } from '../../sts/session-policies.ts'
import { readTagging } from '../../sts/session-tags.ts'
import { mintSession } from '../../sts/sessions.ts'
import { anonymous } from '../../wire/caller.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import type { CreateSessionRequest } from '../api.ts'
import { type Crl, isRevokedBy } from '../crls/crl.ts'
import type { Profile } from '../profiles/profile.ts'
import { childrenOf, resourceByArn } from '../resources/find.ts'
import type { Resource } from '../resources/resource.ts'
import { remember } from '../subjects/remember.ts'
import { subjectArn, subjectId } from '../subjects/subject.ts'
import { type Anchor, certificatesOf, notificationsOf } from '../trust-anchors/anchor.ts'
import { hexSerial, type Mapped, sourceIdentityOf, tagsOf } from './attributes.ts'
import type { Proof } from './proof.ts'
import { denied } from './refusals.ts'

/** AWS: User Guide, "Signature validation": what the certificate of an end entity must be. */
function checkLeaf(leaf: Certificate, now: number): void {
  const flaw = flawOf(leaf, now)
  if (flaw === 'expired') throw denied('expired')
  if (flaw === 'not yet valid') throw denied('not-yet')
  if (flaw) throw denied('certificate', `The certificate is ${flaw}.`)
  if (leaf.authority) throw denied('certificate', 'The certificate is one of an authority.')
  if (!leaf.usage?.has(digitalSignature)) throw denied('certificate', 'The key is not for digital signatures.')
  if (leaf.subject.attributes.length === 0) throw denied('certificate', 'The subject is empty.')
}

/** Refuses a certificate that does not lead to the anchor. */
async function requirePath({ world }: Context, { leaf, between }: Proof, anchor: Resource<Anchor>): Promise<void> {
  const now = world.now()
  checkLeaf(leaf, now)
  const trusted = certificatesOf(anchor)
  const isRevoked = isRevokedBy(await childrenOf<Crl>(world, anchor, 'crl'), trusted)
  const path = findPath({ leaf, between, trusted, now, isRevoked })
  if ('refusal' in path) throw denied(path.refusal === 'revoked' ? 'revoked' : 'path')
  warnOfEnd({ world }, anchor, path.certificates)
}

const day = 86_400_000

/** The log is where whoever asked to be told of a certificate's end is told; authorities in between count with the device. */
function warnOfEnd({ world }: Pick<Context, 'world'>, anchor: Resource<Anchor>, path: readonly Certificate[]): void {
  const ends = { END_ENTITY_CERTIFICATE_EXPIRY: path.slice(0, -1), CA_CERTIFICATE_EXPIRY: path.slice(-1) }
  for (const { event, enabled, threshold = 0 } of notificationsOf(world.settings, anchor.document)) {
    const soon = ends[event].filter(({ until }) => enabled && until - world.now() <= threshold * day)
    for (const certificate of soon) {
      const expires = new Date(certificate.until).toISOString()
      world.log.warn(
        { event, trustAnchor: anchor.id, serial: hexSerial(certificate), expires },
        'certificate ends soon',
      )
    }
  }
}

/** What STS refuses, as this service says it. */
async function asOurs<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof AwsError) || error.code === 'AccessDeniedException') throw error
    const { message, explanation, encoded, detail = message } = error
    const more = { ...(explanation !== undefined && { explanation }), encoded, detail }
    if (error.code === 'AccessDenied') throw new AwsError('AccessDeniedException', message, { status: 403, ...more })
    throw new AwsError('ValidationException', message, more)
  }
}

/** AWS adds the second sentence when values were left out, so that one need not guess why a condition is not met. */
function unableFor(roleArn: string, { failed }: Mapped): string {
  const list = (specifiers: readonly string[]) => `[ ${specifiers.join(', ')} ]`
  const { x509Issuer, x509Subject, x509SAN } = failed
  const lost = [...x509Issuer, ...x509Subject, ...x509SAN].length > 0
  return lost
    ? `Unable to assume role for ${roleArn}. Some attributes failed to be mapped into session tags. Issuer: ${list(x509Issuer)}; Subject: ${list(x509Subject)}; SAN: ${list(x509SAN)}`
    : `Unable to assume role for ${roleArn}`
}

/** The role, if its trust policy lets this service in with this certificate. The tags are asked for by both their names. */
function requireRole(
  context: Context,
  wanted: CreateSessionRequest,
  mapped: Mapped,
  { sessionName, sourceIdentity }: { sessionName: string; sourceIdentity: string },
): Promise<Role> {
  const { roleArn, trustAnchorArn } = wanted
  const service = 'rolesanywhere.amazonaws.com'
  return requireTrust(context.world, context, {
    roleArn,
    actions: ['sts:AssumeRole', ...(mapped.tags.length > 0 ? ['sts:TagSession'] : []), 'sts:SetSourceIdentity'],
    caller: anonymous,
    principal: { kind: 'service', account: '', arn: service, userId: service },
    keys: {
      ...requestTagKeys(mapped.tags),
      ...tagKeys('aws:PrincipalTag', mapped.tags),
      'sts:RoleSessionName': sessionName,
      'sts:SourceIdentity': sourceIdentity,
      'aws:SourceArn': trustAnchorArn,
      'aws:SourceAccount': context.world.settings.account,
      ...serviceKeys(service),
    },
    refusal: () => unableFor(roleArn, mapped),
  })
}

/** What the profile lets the caller choose. */
function chosenName({ roleSessionName }: CreateSessionRequest, profile: Profile, leaf: Certificate): string {
  if (roleSessionName !== undefined && !profile.acceptRoleSessionName) throw denied('name')
  return roleSessionName ?? hexSerial(leaf)
}

async function assume(context: Context, wanted: CreateSessionRequest, leaf: Certificate) {
  const { world } = context
  const { roleArn } = wanted
  const profile = await resourceByArn<Profile>(context, 'profile', wanted.profileArn)
  if (!profile.enabled) throw denied('profile')
  const { document } = profile
  if (!document.roleArns.includes(roleArn)) throw denied('role')
  const sessionName = chosenName(wanted, document, leaf)
  const mapped = tagsOf(leaf, document.mappings)
  const sourceIdentity =
    sourceIdentityOf(leaf) ??
    fail('AccessDeniedException', unableFor(roleArn, mapped), {
      explanation: 'The common name of the certificate cannot be a source identity.',
    })
  return asOurs(async () => {
    const { tags } = readTagging(mapped.tags)
    const sessionPolicies = await readSessionPolicies(world, {
      ...(document.sessionPolicy !== undefined && { Policy: document.sessionPolicy }),
      PolicyArns: document.managedPolicyArns.map((arn) => ({ arn })),
    })
    const packed = packedSize(sessionPolicies, tags) ?? 0
    const role = await requireRole(context, wanted, mapped, { sessionName, sourceIdentity })
    const seconds = Math.min(document.durationSeconds, wanted.durationSeconds ?? document.durationSeconds)
    const durationSeconds = durationFor(role, seconds)
    const session = mintSession(world, { role, sessionName, durationSeconds, sourceIdentity, tags, sessionPolicies })
    return { session, packed, sourceIdentity }
  })
}

/** Credentials for the holder of a certificate. Who came, and whether in vain, is remembered once the certificate is believed. */
export async function createSession(context: Context & { proof: Proof }, wanted: CreateSessionRequest) {
  const { world, region, proof } = context
  const { leaf } = proof
  const anchor = await resourceByArn<Anchor>(context, 'trust-anchor', wanted.trustAnchorArn)
  if (!anchor.enabled) throw denied('anchor')
  await requirePath(context, proof, anchor)
  const properties = wanted.instanceProperties
  try {
    const assumed = await assume(context, wanted, leaf)
    await remember(context, leaf, { failed: false, properties })
    return { ...assumed, subjectArn: subjectArn(world.settings, region, subjectId(region, leaf.subject)) }
  } catch (error) {
    if (error instanceof AwsError) await remember(context, leaf, { failed: true, properties })
    throw error
  }
}
