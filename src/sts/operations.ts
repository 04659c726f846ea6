/**
 * Temporary credentials: who gets them, and who their holder is.
 *
 * Owns no table: a session is sealed into its token. Never decides what credentials may do (iam does).
 * AWS: Security Token Service API Reference.
 */

import { accountOfKey } from '../iam/ids.ts'
import type { Tag } from '../iam/tags.ts'
import { readIdentityToken } from '../identity-pools/credentials/issuer.ts'
import { readJwt } from '../protocols/jwt.ts'
import { fail } from '../wire/errors.ts'
import { type Operation, operationsOf } from '../wire/operation.ts'
import type { World } from '../world.ts'
import { assumeRole } from './assume-role.ts'
import { longTerm, permitted, roleAssumer, signedIn, token } from './doors.ts'
import { getFederationToken, getSessionToken } from './own-sessions.ts'
import { readSessionPolicies } from './session-policies.ts'
import { assumeRoleWithWebIdentity, type WebIdentity } from './web-identity.ts'

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

async function readWebIdentity(world: World, text: string): Promise<WebIdentity> {
  const refuse = (message: string): never => fail('InvalidIdentityTokenException', message)
  const issuer = readJwt(text, { longest: 20_000 })?.unverified['iss']
  if (typeof issuer !== 'string') {
    return refuse('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')
  }
  const own = await readIdentityToken(world, text)
  if (!own) return refuse(`No OpenIDConnect provider found in your account for ${issuer}`)
  if ('identity' in own) return own.identity
  if (own.refusal === 'expired') {
    const now = Math.floor(world.now() / 1000)
    fail(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${own.exp}`,
    )
  }
  return refuse(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
  )
}

export const AssumeRoleWithWebIdentity = operation('AssumeRoleWithWebIdentity', token, async (input, context) => {
  // Facebook's and Amazon's access tokens are no JWTs, and neither provider is reachable from here.
  if (input.ProviderId !== undefined) fail('InvalidIdentityTokenException', "Specified provider doesn't exist")
  const sessionPolicies = await readSessionPolicies(context.world, input)
  const identity = await readWebIdentity(context.world, input.WebIdentityToken)
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

export const GetSessionToken = operation('GetSessionToken', longTerm, async (input, context) => ({
  Credentials: await getSessionToken(context, input),
}))

export const GetFederationToken = operation('GetFederationToken', longTerm, ({ Tags, ...wanted }, context) =>
  getFederationToken(context, { ...wanted, ...(Tags && { Tags: Tags as Tag[] }) }),
)

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
