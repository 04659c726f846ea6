/**
 * The OpenID tokens of identity pools: issuing them, and reading them again for STS.
 * AWS: API Reference, GetOpenIdToken; IAM User Guide, "Passing session tags using AssumeRoleWithWebIdentity".
 */
import { type Claims, readJwt, signJwt, verifyJwt } from '../../protocols/jwt.ts'
import type { SignIn } from '../../sts/sign-ins.ts'
import type { WebIdentity } from '../../sts/web-identity.ts'
import type { World } from '../../world.ts'
import { identityIssuer, provider } from '../pools/issuer.ts'
import { type Pool, poolArn } from '../pools/pool.ts'
import { signingKey, verificationKey } from './keys.ts'

/** Seconds. AWS: GetOpenIdToken, "The OpenID token is valid for 10 minutes." */
const lifetime = 600

const tagsClaim = 'https://aws.amazon.com/tags'
const poolArnClaim = 'https://cognito-identity.amazonaws.com/identity-pool-arn'
/** Our own: `[user pool, sub, event]` of each sign-in that the credentials must not outlive. */
const signInsClaim = 'poolhouse:sign_ins'

/** A token that says of the identity what STS needs to know; for ten minutes, or as many seconds as are told. */
export async function issueIdentityToken(
  world: World,
  pool: Pool,
  identity: WebIdentity,
  seconds = lifetime,
): Promise<string> {
  const { kid, alg, privatePem } = await signingKey(world)
  const { subject, audience, amr, issuer, tags, signIns } = identity
  const iat = Math.floor(world.now() / 1000)
  const claims = {
    sub: subject,
    aud: audience,
    amr,
    iss: issuer,
    [poolArnClaim]: poolArn(world.settings, pool),
    exp: iat + seconds,
    iat,
    ...(tags && { [tagsClaim]: { principal_tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, [Value]])) } }),
    ...(signIns && { [signInsClaim]: signIns.map(({ userPoolId, sub, eventId }) => [userPoolId, sub, eventId]) }),
  }
  return signJwt({ kid, typ: 'JWS', alg }, claims, (hash, text) => world.slow.signRsa(hash, privatePem, text))
}

export type IdentityToken =
  | { readonly identity: WebIdentity }
  /** `exp` in seconds. */
  | { readonly refusal: 'expired'; readonly exp: unknown }
  | { readonly refusal: 'invalid' }

/** What a token of ours says, or why it is not believed; undefined for other issuers' tokens. */
export async function readIdentityToken(world: World, token: string): Promise<IdentityToken | undefined> {
  const issuer = identityIssuer(world.settings)
  if (readJwt(token)?.unverified['iss'] !== issuer) return undefined
  const keyFor = async (kid: string) => (await verificationKey(world, kid))?.publicKey
  const result = await verifyJwt(token, { alg: 'RS512', keyFor }, world.now())
  if ('refusal' in result) {
    return result.refusal === 'expired' ? { refusal: 'expired', exp: result.claims['exp'] } : { refusal: 'invalid' }
  }
  const identity = identityIn(result.claims, issuer)
  return identity ? { identity } : { refusal: 'invalid' }
}

function identityIn(claims: Claims, issuer: string): WebIdentity | undefined {
  const { iss, sub, aud, amr, [tagsClaim]: tagging, [signInsClaim]: signIns } = claims
  if (iss !== issuer || typeof sub !== 'string' || typeof aud !== 'string' || !isTexts(amr)) return undefined
  const tags = tagsIn(tagging)
  return {
    provider,
    issuer,
    subject: sub,
    audience: aud,
    amr,
    ...(tags.length > 0 && { tags }),
    ...(Array.isArray(signIns) && { signIns: signIns.map(signInOf) }),
  }
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

/** The claims as we write them: the token was verified before. */
const tagsIn = (tagging: unknown) =>
  Object.entries((tagging as { principal_tags: Record<string, [string]> } | undefined)?.principal_tags ?? {}).map(
    ([Key, [Value]]) => ({ Key, Value }),
  )

const signInOf = ([userPoolId, sub, eventId]: [string, string, string]): SignIn => ({ userPoolId, sub, eventId })
