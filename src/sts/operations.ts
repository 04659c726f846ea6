/**
 * Temporary credentials: who gets them, and who their holder is.
 *
 * Owns no table: a session is sealed into its token. Never decides what credentials may do (iam does).
 * AWS: Security Token Service API Reference.
 */

import { accountOfKey } from '../iam/ids.ts'
import type { Tag } from '../iam/tags.ts'
import { verifyIdentityToken } from '../identity-pools/credentials/issuer.ts'
import { readJwt } from '../protocols/jwt.ts'
import { fail } from '../wire/errors.ts'
import { type Operation, operationsOf } from '../wire/operation.ts'
import type { World } from '../world.ts'
import { assumeRole } from './assume-role.ts'
import { longTerm, permitted, roleAssumer, signedIn, token } from './doors.ts'
import { packedSize, readSessionPolicies } from './session-policies.ts'
import { readTagging } from './session-tags.ts'
import { mint, mintFederated } from './sessions.ts'
import { assumeRoleWithWebIdentity, type WebIdentity, type WebIdentityVerifier } from './web-identity.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-sts')>()

export const GetCallerIdentity = operation('GetCallerIdentity', signedIn, (_, { caller }) => ({
  UserId: caller.userId,
  Account: caller.account,
  Arn: caller.arn,
}))

export const AssumeRole = operation('AssumeRole', roleAssumer, ({ Tags, ProvidedContexts, ...wanted }, context) => {
  // unproved: AWS's sentence. Contexts come from IAM Identity Center, which has none here.
  if (ProvidedContexts?.length) fail('ValidationError', 'No trusted context provider exists in this account.')
  return assumeRole(context, { ...wanted, ...(Tags && { Tags: Tags as Tag[] }) })
})

/** The issuers whose tokens can be verified, each by its own rule. */
const verifiers: readonly WebIdentityVerifier[] = [verifyIdentityToken]

async function verifyToken(world: World, text: string): Promise<WebIdentity> {
  for (const verify of verifiers) {
    const identity = await verify(world, text)
    if (identity) return identity
  }
  const issuer = readJwt(text, { longest: 20_000 })?.unverified['iss']
  if (typeof issuer !== 'string') {
    return fail(
      'InvalidIdentityTokenException',
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  }
  return fail('InvalidIdentityTokenException', `No OpenIDConnect provider found in your account for ${issuer}`)
}

export const AssumeRoleWithWebIdentity = operation('AssumeRoleWithWebIdentity', token, async (input, context) => {
  // Facebook's and Amazon's access tokens are no JWTs, and neither provider is reachable from here.
  if (input.ProviderId !== undefined) fail('InvalidIdentityTokenException', "Specified provider doesn't exist")
  const sessionPolicies = await readSessionPolicies(context.world, input)
  const identity = await verifyToken(context.world, input.WebIdentityToken)
  const assumed = await assumeRoleWithWebIdentity(context.world, context, {
    identity,
    roleArn: input.RoleArn,
    sessionName: input.RoleSessionName,
    durationSeconds: input.DurationSeconds,
    sessionPolicies,
  })
  return {
    ...assumed,
    SubjectFromWebIdentityToken: identity.subject,
    Audience: identity.audience,
    // unproved: whether AWS prints Cognito's issuer with its scheme; this is the example of its API page.
    Provider: identity.provider,
  }
})

/** Root's sessions last an hour at most, and longer wishes are cut, not refused. AWS: GetSessionToken, DurationSeconds. */
const rootDuration = (seconds = 3600) => Math.min(seconds, 3600)

export const GetSessionToken = operation(
  'GetSessionToken',
  longTerm,
  ({ DurationSeconds, SerialNumber, TokenCode }, { world }) => {
    if (SerialNumber !== undefined || TokenCode !== undefined) {
      fail('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. ', { status: 403 })
    }
    return { Credentials: mint(world, rootDuration(DurationSeconds), { kind: 'root', name: '', context: {} }) }
  },
)

export const GetFederationToken = operation('GetFederationToken', longTerm, async (input, { world }) => {
  const tagging = readTagging(input.Tags as Tag[] | undefined)
  const policies = await readSessionPolicies(world, input)
  const PackedPolicySize = packedSize(policies, tagging.tags)
  const { federatedUser, ...Credentials } = mintFederated(world, {
    name: input.Name,
    durationSeconds: rootDuration(input.DurationSeconds),
    tags: tagging.tags,
    policies,
  })
  return { Credentials, FederatedUser: federatedUser, PackedPolicySize }
})

/** AWS reads the account out of the key id, whether or not the key exists. */
export const GetAccessKeyInfo = operation('GetAccessKeyInfo', permitted, ({ AccessKeyId }, { world }) => ({
  Account: world.rootKeys.has(AccessKeyId)
    ? world.settings.account
    : // unproved: AWS's answer to an id of another form.
      (accountOfKey(AccessKeyId) ?? fail('ValidationError', `Invalid AccessKeyId: ${AccessKeyId}`)),
}))

export const operations: Operation[] = [
  ...[GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity],
  ...[GetSessionToken, GetFederationToken, GetAccessKeyInfo],
]
