/**
 * The OpenID tokens of identity pools: issuing them, and reading them again for STS.
 * AWS: API Reference, GetOpenIdToken; IAM User Guide, "Passing session tags using AssumeRoleWithWebIdentity".
 */
import { type Claims, readJwt, signJwt, verifyJwt } from '../../protocols/jwt.ts'
import type { WebIdentity } from '../../sts/web-identity.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { type Pool, poolArn } from '../pools/pool.ts'
import { signingKey, verificationKey } from './keys.ts'
import { identityIssuer, provider } from './web-identity.ts'

/** Seconds. AWS: GetOpenIdToken, "The OpenID token is valid for 10 minutes." */
const lifetime = 600

const tagsClaim = 'https://aws.amazon.com/tags'
const poolArnClaim = 'https://cognito-identity.amazonaws.com/identity-pool-arn'

/** A token that says of the identity what STS needs to know. */
export async function issueIdentityToken(world: World, pool: Pool, identity: WebIdentity): Promise<string> {
  const { kid, alg, privatePem } = await signingKey(world)
  const { subject, audience, amr, issuer, tags } = identity
  const iat = Math.floor(world.now() / 1000)
  const claims = {
    sub: subject,
    aud: audience,
    amr,
    iss: issuer,
    [poolArnClaim]: poolArn(world.settings, pool),
    exp: iat + lifetime,
    iat,
    ...(tags && { [tagsClaim]: { principal_tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, [Value]])) } }),
  }
  return signJwt({ kid, typ: 'JWS', alg }, claims, (hash, text) => world.slow.signRsa(hash, privatePem, text))
}

/** What a token of ours says; undefined for other issuers' tokens. Refuses in STS's words. */
export async function verifyIdentityToken(world: World, token: string): Promise<WebIdentity | undefined> {
  const issuer = identityIssuer(world.settings)
  if (readJwt(token)?.unverified['iss'] !== issuer) return undefined
  const keyFor = async (kid: string) => (await verificationKey(world, kid))?.publicKey
  const result = await verifyJwt(token, { alg: 'RS512', keyFor }, world.now())
  if ('refusal' in result && result.refusal === 'expired') {
    const now = Math.floor(world.now() / 1000)
    const { exp } = result.claims
    fail(
      'ExpiredTokenException',
      `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`,
    )
  }
  const identity = 'claims' in result && !('refusal' in result) ? identityIn(result.claims, issuer) : undefined
  // unproved: AWS's sentence for a token that one of its own keys did not sign.
  return (
    identity ??
    fail(
      'InvalidIdentityTokenException',
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    )
  )
}

function identityIn({ iss, sub, aud, amr, [tagsClaim]: tagging }: Claims, issuer: string): WebIdentity | undefined {
  if (iss !== issuer || typeof sub !== 'string' || typeof aud !== 'string' || !isTexts(amr)) return undefined
  const tags = tagsIn(tagging)
  return { provider, issuer, subject: sub, audience: aud, amr, ...(tags.length > 0 && { tags }) }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** The claim as we write it: the token was verified before. */
const tagsIn = (tagging: unknown) =>
  Object.entries((tagging as { principal_tags: Record<string, [string]> } | undefined)?.principal_tags ?? {}).map(
    ([Key, [Value]]) => ({ Key, Value }),
  )
