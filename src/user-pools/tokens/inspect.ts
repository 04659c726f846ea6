/** What a token is worth now, told to somebody who may ask; nothing is changed by the asking. RFC 7662. */
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { findClient } from '../clients/find.ts'
import type { Pool } from '../pools/pool.ts'
import { userBySub } from '../users/find.ts'
import { boundTo } from './access-token.ts'
import { liveSession } from './find-session.ts'
import { issuerOf } from './issuer.ts'
import { keysOfRefreshToken, looksLikeRefreshToken } from './refresh-token.ts'
import { endOf } from './session.ts'
import { readRefresh } from './store.ts'
import { type AnyClaims, verifyAnyToken } from './verify.ts'

type Asking = { readonly pool: Pool; readonly client: Client }

/** The members of the answer beside `active`; undefined for a token that is not good. */
export const inspectToken = (
  world: World,
  asking: Asking,
  token: string,
): Promise<Record<string, unknown> | undefined> =>
  looksLikeRefreshToken(token) ? inspectRefresh(world, asking, token) : inspectAccess(world, asking.pool, token)

/** An access token of the pool: of a user while their session lives, of a machine while its client is there. */
async function inspectAccess(world: World, pool: Pool, token: string): Promise<Record<string, unknown> | undefined> {
  const read = await verifyAnyToken(world, token, 'access')
  if ('refused' in read || read.pool.id !== pool.id) return undefined
  const { claims } = read
  const lives =
    typeof claims['event_id'] === 'string' ? await ofUser(world, pool, claims) : await ofMachine(world, pool, claims)
  if (!lives) return undefined
  const { scope, client_id, username, exp, iat, sub, aud, iss, jti, auth_time, acr, amr, cnf } = claims
  const bound = boundTo(claims) !== undefined
  return {
    ...{ scope, client_id, username, exp, iat, sub, aud, iss, jti, auth_time, acr, amr, cnf },
    token_type: bound ? 'DPoP' : 'Bearer',
  }
}

const ofUser = async (world: World, pool: Pool, claims: AnyClaims): Promise<boolean> =>
  'session' in (await liveSession(world, pool, { sub: claims.sub, event_id: String(claims['event_id']) }))

const ofMachine = async (world: World, pool: Pool, claims: AnyClaims): Promise<boolean> =>
  (await findClient(world, claims.sub))?.pool.id === pool.id

/** The client's own only, and not one that a rotation has replaced. */
async function inspectRefresh(world: World, { pool, client }: Asking, token: string) {
  const found = await readRefresh(world.db, pool.id, keysOfRefreshToken(world, token))
  if (found?.session.clientId !== client.id || found.usedAt !== undefined) return undefined
  const { session } = found
  const user = await userBySub(world, pool, session.sub)
  if (!user || endOf(user, session) || session.expiresAt <= world.now()) return undefined
  return {
    scope: session.scope,
    client_id: client.id,
    username: user.username,
    sub: user.sub,
    exp: Math.floor(session.expiresAt / 1000),
    iss: issuerOf(world.settings, pool),
  }
}
