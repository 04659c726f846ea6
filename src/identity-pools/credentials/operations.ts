/**
 * What an identity gets for its logins: credentials of a role, or a token to assume one with. Owns the table
 * identity_keys. Never decides what a role may do, and keeps no credentials.
 * AWS: API Reference, GetCredentialsForIdentity, GetOpenIdToken; Developer Guide, "Identity pools authentication flow".
 */
import { assumeRoleWithWebIdentity } from '../../sts/web-identity.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { Context, Operation } from '../../wire/operation.ts'
import type { World } from '../../world.ts'
import { identity as openIdentity, operation } from '../doors.ts'
import { type Admitted, admit } from '../identities/admit.ts'
import { proveDeveloper } from '../identities/developer.ts'
import type { Identity } from '../identities/identity.ts'
import { refuseLogins } from '../identities/links.ts'
import { refuseToken } from '../identities/proof.ts'
import { provider } from '../pools/issuer.ts'
import type { Pool } from '../pools/pool.ts'
import { chooseRole } from '../roles/choice.ts'
import { refuseConfiguration } from '../roles/refusals.ts'
import { assumeElsewhere, outsideOf } from './elsewhere.ts'
import { issueIdentityToken, readIdentityToken } from './issuer.ts'
import { webIdentityOf } from './web-identity.ts'

/** Seconds; whatever the role allows. AWS: "Identity pools authentication flow". */
const lifetime = 3600

/** The enhanced flow: the role is the pool's choice, and a guest's session is held to the services fit for guests. */
async function assumeFor(context: Context, pool: Pool, admitted: Admitted, wanted: string | undefined) {
  const { world } = context
  const roleArn = chooseRole(world.settings, pool, admitted.proofs, wanted)
  const identity = webIdentityOf(world.settings, pool, admitted)
  const sessionName = 'CognitoIdentityCredentials'
  const guest = admitted.proofs.length === 0
  const outside = outsideOf(world.settings, roleArn)
  if (outside) {
    const token = await issueIdentityToken(world, pool, identity)
    return assumeElsewhere(world, outside, { roleArn, sessionName, token, lifetime, guest })
  }
  try {
    const assumed = await assumeRoleWithWebIdentity(world, context, {
      identity,
      roleArn,
      sessionName,
      durationSeconds: lifetime,
      guest,
    })
    return assumed.Credentials
  } catch (error) {
    // Whatever STS refuses, the pool is at fault: its role, or the trust policy of that.
    if (error instanceof AwsError) return refuseConfiguration(error.detail ?? error.message)
    throw error
  }
}

/**
 * As everywhere by logins, and here also by the token that a developer's program got for its user, alone.
 * AWS: Developer Guide, "Developer-authenticated identities".
 */
async function admitHere(
  world: World,
  pool: Pool,
  identity: Identity,
  logins: Readonly<Record<string, string>> = {},
): Promise<Admitted> {
  const token = Object.hasOwn(logins, provider) ? logins[provider] : undefined
  if (token === undefined) return admit(world, pool, identity, logins)
  if (Object.keys(logins).length > 1) refuseLogins()
  const read = await readIdentityToken(world, token)
  if (!read) return refuseToken("Issuer doesn't match providerName")
  if ('refusal' in read) {
    if (read.refusal === 'invalid') return refuseToken("Couldn't verify signed token.")
    return refuseToken(`Token expired: ${Math.floor(world.now() / 1000)} >= ${read.exp}`)
  }
  const { subject, audience, amr, tags = [] } = read.identity
  if (audience !== pool.id || subject !== identity.id) refuseLogins()
  return { id: identity.id, proofs: [await proveDeveloper(world, pool, identity, { amr, tags })] }
}

export const GetCredentialsForIdentity = operation(
  'GetCredentialsForIdentity',
  openIdentity,
  async ({ Logins, CustomRoleArn }, context) => {
    const { world, pool, identity } = context
    const admitted = await admitHere(world, pool, identity, Logins)
    const { SecretAccessKey, ...credentials } = await assumeFor(context, pool, admitted, CustomRoleArn)
    return { IdentityId: admitted.id, Credentials: { ...credentials, SecretKey: SecretAccessKey } }
  },
)

/** The classic flow lets the caller choose the role, so a pool may forbid it. A pool that never said allows it, as AWS's do. */
function requireClassicFlow({ settings, roles }: Pool) {
  if (settings.AllowClassicFlow === false) {
    fail('InvalidParameterException', 'Basic (classic) flow is not enabled, please use enhanced flow.')
  }
  if (Object.keys(roles.RoleMappings ?? {}).length > 0) {
    fail(
      'InvalidParameterException',
      'Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.',
    )
  }
}

export const GetOpenIdToken = operation('GetOpenIdToken', openIdentity, async ({ Logins }, context) => {
  const { world, pool, identity } = context
  requireClassicFlow(pool)
  const admitted = await admit(world, pool, identity, Logins)
  const Token = await issueIdentityToken(world, pool, webIdentityOf(world.settings, pool, admitted))
  return { IdentityId: admitted.id, Token }
})

export const operations: readonly Operation[] = [GetCredentialsForIdentity, GetOpenIdToken]
