/**
 * The tokens of AssumeRoleWithWebIdentity: of identity pools, of OpenID Connect providers registered in IAM, of Google, and
 * the access tokens of Facebook and Amazon. Each is verified here and refused in STS's words.
 * AWS: STS API Reference, AssumeRoleWithWebIdentity; IAM User Guide, "Available keys for AWS OIDC federation".
 */
import { findOidcProvider } from '../../iam/oidc-providers/find.ts'
import { outboundPrefix } from '../../iam/outbound/issuer.ts'
import { isTag, type Tag } from '../../iam/tags.ts'
import { type IdentityToken, readIdentityToken } from '../../identity-pools/credentials/issuer.ts'
import { findIdentity } from '../../identity-pools/identities/find.ts'
import { type Claims, readJwt } from '../../protocols/jwt.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { isApiProvider, nameOfIssuer } from '../providers/addresses.ts'
import { audiencesOf, verifyIssued } from '../providers/issued.ts'
import { showToken } from '../providers/shown.ts'
import type { WebIdentity } from '../web-identity.ts'
import { claimKeys } from './provider-claims.ts'

const refuse = (message: string): never => fail('InvalidIdentityTokenException', message)

const unverified =
  "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements"

function refuseExpired(world: World, exp: unknown): never {
  const now = Math.floor(world.now() / 1000)
  return fail(
    'ExpiredTokenException',
    `Token expired: current date/time ${now} must be before the expiration date/time ${exp}`,
  )
}

/** What the token says, verified. `providerId` is there for access tokens only. */
export async function readWebIdentity(world: World, token: string, providerId?: string): Promise<WebIdentity> {
  if (providerId !== undefined) return readShown(world, token, providerId)
  const issuer = readJwt(token, { longest: 20_000 })?.unverified['iss']
  if (typeof issuer !== 'string') {
    return refuse('The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)')
  }
  const own = await readIdentityToken(world, token)
  if (own) return readOwn(world, own)
  return readIssued(world, token, issuer)
}

/**
 * A token of one of our identity pools, which lasts up to a day: not beyond the identity, nor the pool.
 * unproved: AWS's sentence for a token that one of its own keys did not sign, and what it does with one that outlives these.
 */
async function readOwn(world: World, own: IdentityToken): Promise<WebIdentity> {
  if ('refusal' in own) return own.refusal === 'expired' ? refuseExpired(world, own.exp) : refuse(unverified)
  const { identity } = own
  const found = await findIdentity(world, identity.subject)
  return found?.pool.id === identity.audience ? identity : refuse(unverified)
}

const google = 'accounts.google.com'

/**
 * A token of the issuer of that name. Everybody's Google needs no registration; its audience is the trust policy's to ask.
 * unproved: that a registered Google is the registered one for the audiences registered.
 */
async function readIssued(world: World, token: string, issuer: string): Promise<WebIdentity> {
  // AWS: tokens of GetWebIdentityToken are for services outside, and lead to no role.
  const outbound = issuer.startsWith(outboundPrefix(world.settings))
  const registered = outbound ? undefined : await findOidcProvider(world, issuer)
  const name = registered?.url ?? nameOfIssuer(world.settings, issuer)
  if (!registered && name !== google) refuse(`No OpenIDConnect provider found in your account for ${issuer}`)
  const issued = await verifyIssued(world, name, token, { issuer: registered?.issuer })
  if ('refusal' in issued) {
    if (issued.refusal === 'expired') refuseExpired(world, issued.claims['exp'])
    // unproved: the sentence for an issuer that does not answer.
    if (issued.refusal === 'unavailable') fail('IDPCommunicationError', `Error when connecting to ${issuer}`)
    return refuse(unverified)
  }
  const { claims } = issued
  const audiences = audiencesOf(claims)
  const audience =
    audiences.find((one) => registered?.clientIds.includes(one)) ?? (name === google ? audiences[0] : undefined)
  if (audience === undefined) return refuse('Incorrect token audience')
  const known = registered?.clientIds.includes(audience)
  const provider = registered && known ? registered.arn : google
  return identityIn(claims, { name, provider, issuer, audience })
}

const tagsClaim = 'https://aws.amazon.com/tags'
const sourceClaim = 'https://aws.amazon.com/source_identity'

type Found = { name: string; provider: string; issuer: string; audience: string }

function identityIn(claims: Claims, { name, provider, issuer, audience }: Found): WebIdentity {
  const { sub, amr: methods, aud, email, [sourceClaim]: source } = claims
  if (typeof sub !== 'string' || sub === '') return refuse('Missing a required claim: sub')
  const amr = [methods].flat().filter((one) => typeof one === 'string')
  return {
    provider,
    issuer,
    subject: sub,
    audience,
    amr,
    kept: { [`${name}:aud`]: audience, [`${name}:sub`]: sub, ...(amr.length > 0 && { [`${name}:amr`]: amr }) },
    asked: {
      [`${name}:oaud`]: [aud].flat().filter((one) => typeof one === 'string'),
      ...(typeof email === 'string' && { [`${name}:email`]: email }),
      ...claimKeys(name, claims),
    },
    ...taggingIn(claims[tagsClaim]),
    ...(source !== undefined && { sourceIdentity: checkSource(source) }),
  }
}

const checkSource = (source: unknown): string =>
  typeof source === 'string' && /^[\w+=,.@-]{2,64}$/.test(source)
    ? source
    : refuse('Source Identity must match [\\w+=,.@-]{2,64} and not begin with aws:')

/** One value for each tag. AWS: "Passing session tags using AssumeRoleWithWebIdentity". */
function taggingIn(tagging: unknown): { tags?: Tag[]; transitiveTags?: string[] } {
  if (tagging === undefined) return {}
  // unproved: the sentence.
  const broken = (): never => refuse('The claim https://aws.amazon.com/tags is not valid.')
  if (typeof tagging !== 'object' || tagging === null) return broken()
  const { principal_tags: tags = {}, transitive_tag_keys: transitive = [] } = tagging as Record<string, unknown>
  if (typeof tags !== 'object' || tags === null || Array.isArray(tags)) return broken()
  const read = Object.entries(tags).map(([Key, values]): Tag => {
    const [Value, ...more] = [values].flat()
    return typeof Value === 'string' && more.length === 0 && isTag({ Key, Value }) ? { Key, Value } : broken()
  })
  if (!Array.isArray(transitive) || transitive.some((key) => typeof key !== 'string')) return broken()
  return {
    ...(read.length > 0 && { tags: read }),
    ...(transitive.length > 0 && { transitiveTags: transitive as string[] }),
  }
}

/** The condition keys of an access token: the app's id, and under which name the user's. */
const userKeys = { 'graph.facebook.com': 'id', 'www.amazon.com': 'user_id' } as const

async function readShown(world: World, token: string, provider: string): Promise<WebIdentity> {
  if (!isApiProvider(provider)) return refuse("Specified provider doesn't exist")
  const shown = await showToken(world, provider, token)
  if ('refusal' in shown) {
    if (shown.refusal === 'unavailable') fail('IDPCommunicationError', `Error when connecting to ${provider}`)
    return fail('IDPRejectedClaim', `${provider}: ${provider} responded with HTTP/1.1 ${shown.status ?? 400}`, {
      status: 403,
    })
  }
  const { sub, aud } = shown.claims
  return {
    provider,
    issuer: provider,
    subject: sub,
    audience: aud,
    amr: [],
    kept: { [`${provider}:app_id`]: aud, [`${provider}:${userKeys[provider]}`]: sub },
  }
}
