/**
 * Tokens by which a principal of this account proves itself to a service outside.
 * AWS: STS API Reference, GetWebIdentityToken; IAM User Guide, "Understanding token claims".
 */
import { authorize } from '../iam/authorize.ts'
import { findOutboundIssuer, isOutboundAlg } from '../iam/outbound/issuer.ts'
import { repeatedKey, requestTagKeys, type Tag } from '../iam/tags.ts'
import { makeUuid } from '../user-pools/tokens/uuid.ts'
import { AwsError, fail } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'
import { sessionTags } from './sessions.ts'

export type OutboundRequest = {
  Audience: readonly string[]
  SigningAlgorithm: string
  DurationSeconds?: number
  Tags?: readonly Tag[]
}

/** Seconds. */
const usualDuration = 300

/** Bytes of the claims. unproved: AWS does not tell its own limit. */
const mostBytes = 16_384

const namespace = 'https://sts.amazonaws.com/'

const textOf = (tags: readonly Tag[]) => Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]))

/** A token about the caller, signed. Refuses one that would outlive the caller's own session. */
export async function getWebIdentityToken(context: Context, wanted: OutboundRequest) {
  const { world, caller, region } = context
  const { Audience, SigningAlgorithm: alg, DurationSeconds = usualDuration, Tags: tags = [] } = wanted
  // AWS: IAM User Guide, outbound identity federation, "Controlling access with IAM policies".
  const more = {
    'sts:IdentityTokenAudience': Audience,
    'sts:SigningAlgorithm': alg,
    'sts:DurationSeconds': `${DurationSeconds}`,
    ...requestTagKeys(tags),
  }
  await authorize(context, { action: 'sts:GetWebIdentityToken', resource: '*', nameless: true, more })
  if (tags.length > 0) {
    await authorize(context, { action: 'sts:TagGetWebIdentityToken', resource: '*', nameless: true, more })
  }
  if (!isOutboundAlg(alg)) return fail('ValidationError', `The signing algorithm ${alg} is neither RS256 nor ES384.`)
  if (repeatedKey(tags.map(({ Key }) => Key)) !== undefined) {
    fail('ValidationError', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  const issuer = await findOutboundIssuer(world)
  if (!issuer?.enabled) {
    throw new AwsError(
      'OutboundWebIdentityFederationDisabledException',
      'Outbound web identity federation is not enabled for this account.',
      { status: 403 },
    )
  }
  const iat = Math.floor(world.now() / 1000)
  const exp = iat + DurationSeconds
  if (caller.expiresAt !== undefined && exp * 1000 > caller.expiresAt) {
    // unproved: the sentence.
    throw new AwsError('SessionDurationEscalationException', 'The token would outlive the session of the caller.', {
      status: 403,
    })
  }
  const principalTags = sessionTags(caller.context)
  const claims = {
    iss: issuer.url,
    aud: Audience.length === 1 ? Audience[0] : Audience,
    sub: caller.roleArn ?? caller.arn,
    iat,
    exp,
    jti: makeUuid(world),
    [namespace]: {
      aws_account: caller.account,
      source_region: region,
      ...(principalTags.length > 0 && { principal_tags: textOf(principalTags) }),
      ...(tags.length > 0 && { request_tags: textOf(tags) }),
    },
  }
  if (Buffer.byteLength(JSON.stringify(claims)) > mostBytes) {
    // unproved: the sentence.
    fail('JWTPayloadSizeExceededException', 'The token would be too long. Use fewer tags.')
  }
  return { WebIdentityToken: await issuer.sign(alg, claims), Expiration: new Date(exp * 1000) }
}
