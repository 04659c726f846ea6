/**
 * Temporary credentials: who gets them, and who their holder is.
 *
 * Owns no table: a session is sealed into its token. Never decides what credentials may do (iam does).
 * AWS: Security Token Service API Reference.
 */

import { decodeDenial } from '../iam/authorization-message.ts'
import { accountOfKey } from '../iam/ids.ts'
import type { Tag } from '../iam/tags.ts'
import { fail } from '../wire/errors.ts'
import { type Operation, operationsOf } from '../wire/operation.ts'
import { assumeRole } from './assume-role.ts'
import { assumeRoot } from './assume-root.ts'
import { getDelegatedAccessToken } from './delegated.ts'
import { longTerm, ownIdentity, permitted, roleAssumer, rootAssumer, signedIn, token } from './doors.ts'
import { getWebIdentityToken } from './outbound.ts'
import { getFederationToken, getSessionToken } from './own-sessions.ts'
import { assumeRoleWithSaml } from './saml.ts'
import { readSessionPolicies } from './session-policies.ts'
import { sized } from './sessions.ts'
import { readWebIdentity } from './web-identities/read.ts'
import { assumeRoleWithWebIdentity } from './web-identity.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-sts')>()

export const GetCallerIdentity = operation('GetCallerIdentity', signedIn, (_, { caller }) => ({
  UserId: caller.userId,
  Account: caller.account,
  Arn: caller.arn,
}))

export const AssumeRole = operation(
  'AssumeRole',
  roleAssumer,
  async ({ Tags, ProvidedContexts, ...wanted }, context) => {
    // unproved: AWS's sentence. Contexts come from IAM Identity Center, which has none here.
    if (ProvidedContexts?.length) fail('ValidationError', 'No trusted context provider exists in this account.')
    return sized(await assumeRole(context, { ...wanted, ...(Tags && { Tags: Tags as Tag[] }) }))
  },
)

export const AssumeRoleWithWebIdentity = operation('AssumeRoleWithWebIdentity', token, async (input, context) => {
  const identity = await readWebIdentity(context.world, input.WebIdentityToken, input.ProviderId)
  // After the token: nobody else is told which policies there are.
  const sessionPolicies = await readSessionPolicies(context.world, input)
  const assumed = await assumeRoleWithWebIdentity(context.world, context, {
    identity,
    roleArn: input.RoleArn,
    sessionName: input.RoleSessionName,
    durationSeconds: input.DurationSeconds,
    leastToken: input.MinimumSessionTokenSize,
    sessionPolicies,
  })
  return {
    ...sized(assumed),
    SubjectFromWebIdentityToken: identity.subject,
    Audience: identity.audience,
    // As trust policies name it: a domain, or the ARN of what is registered, whatever AWS's page says of the `iss`.
    Provider: identity.provider,
  }
})

export const AssumeRoleWithSAML = operation('AssumeRoleWithSAML', token, async (input, context) =>
  sized(await assumeRoleWithSaml(context, input)),
)

export const AssumeRoot = operation('AssumeRoot', rootAssumer, async (input, context) =>
  sized(await assumeRoot(context, input)),
)

export const GetSessionToken = operation('GetSessionToken', longTerm, async (input, context) =>
  sized({ Credentials: await getSessionToken(context, input) }),
)

export const GetFederationToken = operation('GetFederationToken', longTerm, async ({ Tags, ...wanted }, context) =>
  sized(await getFederationToken(context, { ...wanted, ...(Tags && { Tags: Tags as Tag[] }) })),
)

export const GetDelegatedAccessToken = operation('GetDelegatedAccessToken', permitted, (input, context) =>
  getDelegatedAccessToken(context, input),
)

export const GetWebIdentityToken = operation('GetWebIdentityToken', ownIdentity, ({ Tags, ...wanted }, context) =>
  getWebIdentityToken(context, { ...wanted, ...(Tags && { Tags: Tags as Tag[] }) }),
)

export const DecodeAuthorizationMessage = operation(
  'DecodeAuthorizationMessage',
  permitted,
  ({ EncodedMessage }, { world }) => ({
    DecodedMessage:
      decodeDenial(world, EncodedMessage) ?? fail('InvalidAuthorizationMessageException', 'Message is not valid'),
  }),
)

/** AWS reads the account out of the key id, whether or not the key exists. */
export const GetAccessKeyInfo = operation('GetAccessKeyInfo', permitted, ({ AccessKeyId }, { world }) => ({
  Account: world.rootKeys.has(AccessKeyId)
    ? world.settings.account
    : // unproved: AWS's answer to an id of another form.
      (accountOfKey(AccessKeyId) ?? fail('ValidationError', `Invalid AccessKeyId: ${AccessKeyId}`)),
}))

export const operations: Operation[] = [
  ...[GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity, AssumeRoleWithSAML, AssumeRoot],
  ...[GetSessionToken, GetFederationToken, GetAccessKeyInfo, DecodeAuthorizationMessage, GetWebIdentityToken],
  GetDelegatedAccessToken,
]
