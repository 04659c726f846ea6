/**
 * Whether logins are true: the tokens of the Logins map, checked in AWS's order and refused in its words. Each kind of
 * provider is a row that says which of the pool's settings lets it in and how its tokens are checked.
 * AWS: Developer Guide, "Identity pools third-party identity providers", "OIDC providers (identity pools)".
 */
import { oidcProviderByArn } from '../../iam/oidc-providers/find.ts'
import { readJwt } from '../../protocols/jwt.ts'
import { isApiProvider, isSocial } from '../../sts/providers/addresses.ts'
import { audiencesOf, verifyIssued } from '../../sts/providers/issued.ts'
import { showToken } from '../../sts/providers/shown.ts'
import { liveSession } from '../../user-pools/tokens/find-session.ts'
import type { World } from '../../world.ts'
import { identityIssuer } from '../pools/issuer.ts'
import type { Pool } from '../pools/pool.ts'
import { canonicalProvider, clientsOf, openIdArnOf, providersOf, userPoolOf } from '../pools/providers.ts'
import { type Proof, refuseProof, refuseProvider, refuseToken, refuseUnavailable } from './proof.ts'
import { proveSaml } from './saml.ts'

export type { Proof } from './proof.ts'

/** The proofs, in the order given; one bad token fails the call. A provider given under both its names is two logins. */
export async function proveLogins(
  world: World,
  pool: Pool,
  logins: Readonly<Record<string, string>> = {},
): Promise<Proof[]> {
  const proofs: Proof[] = []
  for (const [name, token] of Object.entries(logins)) {
    const proof = await proveLogin(world, pool, canonicalProvider(world.settings, name), token)
    const again = proofs.some(({ provider, userId }) => provider === proof.provider && userId === proof.userId)
    if (!again) proofs.push(proof)
  }
  return proofs
}

/** How the tokens of a kind of provider are checked. */
type Check = (world: World, pool: Pool, provider: string, token: string) => Promise<Proof>

type Kind = { admits(world: World, pool: Pool, provider: string): boolean; readonly check: Check }

const appOf = (pool: Pool, provider: string): string | undefined => {
  const apps = pool.settings.SupportedLoginProviders ?? {}
  return Object.hasOwn(apps, provider) ? apps[provider] : undefined
}

/** In this order: of a provider that is both the pool's own and registered in IAM, the pool's app counts. */
const kinds: readonly Kind[] = [
  { admits: ({ settings }, pool, provider) => clientsOf(settings, pool, provider).length > 0, check: proveUserPool },
  { admits: (_, pool, provider) => appOf(pool, provider) !== undefined && isApiProvider(provider), check: proveShown },
  {
    admits: ({ settings }, pool, provider) => appOf(pool, provider) !== undefined && isSocial(settings, provider),
    check: proveSocial,
  },
  { admits: ({ settings }, pool, provider) => openIdArnOf(settings, pool, provider) !== undefined, check: proveOpenId },
  { admits: (_, { settings }, provider) => (settings.SamlProviderARNs ?? []).includes(provider), check: proveSaml },
]

function proveLogin(world: World, pool: Pool, provider: string, token: string): Promise<Proof> {
  if (readJwt(token)?.unverified['iss'] === identityIssuer(world.settings)) {
    refuseToken("Can't pass in a Cognito token.")
  }
  if (providersOf(world.settings, pool).size === 0) {
    refuseProof(`Identity pool - ${pool.id} does not have identity providers configured.`)
  }
  const kind = kinds.find(({ admits }) => admits(world, pool, provider)) ?? refuseProvider()
  return kind.check(world, pool, provider, token)
}

/** Clocks may differ by this much, in seconds. AWS: "OIDC providers (identity pools)". */
const leeway = 300

/** What the provider says in the token, if it is meant for one of the apps. */
async function readIssued(world: World, provider: string, token: string, apps: readonly string[], issuer?: string) {
  const issued = await verifyIssued(world, provider, token, { leewayMs: leeway * 1000, issuer })
  if ('refusal' in issued) {
    if (issued.refusal === 'expired') {
      return refuseToken(`Token expired: ${Math.floor(world.now() / 1000)} >= ${issued.claims['exp']}`)
    }
    if (issued.refusal === 'unavailable') return refuseUnavailable(provider)
    return refuseToken(sentences[issued.refusal])
  }
  const { claims } = issued
  const audiences = audiencesOf(claims)
  if (audiences.length === 0) refuseToken(sentences.use)
  const clientId = audiences.find((one) => apps.includes(one)) ?? refuseProvider()
  const { sub } = claims
  if (typeof sub !== 'string' || sub === '') return refuseToken('Missing a required claim: sub')
  return { userId: sub, clientId, ...issued }
}

const sentences = {
  malformed: 'Not a valid OpenId Connect identity token.',
  issuer: "Issuer doesn't match providerName",
  signature: "Couldn't verify signed token.",
  use: 'Missing a required claim: aud',
} as const

/** A user pool, of this server or elsewhere. */
async function proveUserPool(world: World, pool: Pool, provider: string, token: string): Promise<Proof> {
  const clients = clientsOf(world.settings, pool, provider)
  const apps = clients.flatMap(({ ClientId }) => ClientId ?? [])
  const { userPool, userId, clientId, claims } = await readIssued(world, provider, token, apps)
  // Every token of ours says what it is for; elsewhere a client id could stand in an access token.
  if (claims['token_use'] !== 'id') refuseToken(sentences.use)
  const signIn = {
    userPoolId: userPoolOf(world.settings, provider)?.id ?? '',
    sub: userId,
    eventId: `${claims['event_id']}`,
  }
  const asked = clients.some((one) => one.ClientId === clientId && one.ServerSideTokenCheck)
  if (
    asked &&
    (!userPool || 'ended' in (await liveSession(world, userPool, { sub: userId, event_id: signIn.eventId })))
  ) {
    // unproved: AWS's sentence. A pool elsewhere cannot be asked, and what was demanded is not skipped.
    return refuseToken('Token has been revoked.')
  }
  return { provider, userId, clientId, claims, detail: `CognitoSignIn:${userId}`, ...(asked && { signIn }) }
}

/** Google, Apple, and whoever else the settings name. */
async function proveSocial(world: World, pool: Pool, provider: string, token: string): Promise<Proof> {
  const { userId, clientId, claims } = await readIssued(world, provider, token, [appOf(pool, provider) ?? ''])
  return { provider, userId, clientId, claims }
}

/** An OpenID Connect provider that is registered in IAM, for all of its client ids. */
async function proveOpenId(world: World, pool: Pool, provider: string, token: string): Promise<Proof> {
  const known = openIdArnOf(world.settings, pool, provider) ?? refuseProvider()
  const { issuer, clientIds } = (await oidcProviderByArn(world, known)) ?? refuseProvider()
  const { userId, clientId, claims } = await readIssued(world, provider, token, clientIds, issuer)
  return { provider, userId, clientId, claims, known }
}

/** Facebook and Amazon. */
async function proveShown(world: World, pool: Pool, provider: string, token: string): Promise<Proof> {
  if (!isApiProvider(provider)) return refuseProvider()
  const shown = await showToken(world, provider, token)
  // unproved: the sentence for a token that its provider does not know.
  if ('refusal' in shown) {
    return shown.refusal === 'unavailable'
      ? refuseUnavailable(provider)
      : refuseToken(`${provider} rejected the token.`)
  }
  const { claims } = shown
  if (claims.aud !== appOf(pool, provider)) refuseProvider()
  return { provider, userId: claims.sub, clientId: claims.aud, claims }
}
