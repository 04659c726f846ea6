/**
 * Whether logins are true: the tokens of the Logins map, checked in AWS's order and refused in its words. The providers
 * whose tokens can be checked are the user pools of this server; a login of any other is refused.
 * AWS: Developer Guide, "OIDC providers (identity pools)", "Integrating user pools with identity pools".
 */
import { readJwt } from '../../protocols/jwt.ts'
import { findPool as findUserPool } from '../../user-pools/pools/find.ts'
import { readIdToken } from '../../user-pools/tokens/id-token.ts'
import { issuersOf } from '../../user-pools/tokens/issuer.ts'
import { liveSession } from '../../user-pools/tokens/session.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { canonicalProvider, clientsOf, userPoolOf } from '../pools/providers.ts'
import type { Login } from './identity.ts'

/** A login that was proved, and what its token says. */
export type Proof = Login & {
  readonly clientId: string
  readonly claims: Readonly<Record<string, unknown>>
}

const refuse = (message: string): never => fail('NotAuthorizedException', message)

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

/** Clocks may differ by this much. AWS: "OIDC providers (identity pools)". */
const leeway = 300

async function proveLogin(world: World, pool: Pool, provider: string, token: string): Promise<Proof> {
  const clients = clientsOf(world.settings, pool, provider)
  const userPool = userPoolOf(world.settings, provider)
  if (clients.length === 0 || !userPool) return refuse('Token is not from a supported provider of this identity pool.')
  const unverified = readJwt(token)?.unverified
  // unproved: public reports quote the sentence.
  if (!unverified) return refuse('Invalid login token. Not a valid OpenId Connect identity token.')
  if (!Object.values(issuersOf(world.settings, userPool)).some((issuer) => issuer === unverified['iss'])) {
    return refuse("Invalid login token. Issuer doesn't match providerName")
  }
  const read = await readIdToken(world, token)
  const { claims } = read
  if ('refused' in read && read.refused === 'use') {
    return refuse('Invalid login token. Missing a required claim: aud')
  }
  if (!claims || ('refused' in read && read.refused !== 'expired')) {
    return refuse("Invalid login token. Couldn't verify signed token.")
  }
  const now = Math.floor(world.now() / 1000)
  if (now >= claims.exp + leeway) return refuse(`Invalid login token. Token expired: ${now} >= ${claims.exp}`)
  const client = clients.find(({ ClientId }) => ClientId === claims['aud'])
  if (!client?.ClientId) return refuse('Token is not from a supported provider of this identity pool.')
  const wanted = clients.some((one) => one.ClientId === client.ClientId && one.ServerSideTokenCheck)
  if (wanted) await requireLiveUser(world, userPool.id, claims)
  return { provider, userId: claims.sub, clientId: client.ClientId, claims }
}

/** ServerSideTokenCheck: the user pool is asked whether the user was signed out, disabled or deleted. */
async function requireLiveUser(world: World, userPoolId: string, claims: { sub: string; event_id: string }) {
  const userPool = await findUserPool(world, userPoolId)
  const live = userPool && (await liveSession(world, userPool, claims))
  // unproved: AWS's sentence.
  if (!live || 'ended' in live) refuse('Invalid login token. Token has been revoked.')
}
