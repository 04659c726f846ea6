/**
 * Tokens after the sign-in: refreshing with rotation, revoking, signing out everywhere.
 * Owns the tables signing_keys, sessions and refresh_tokens; never asks for a password.
 * AWS: "Refresh tokens", "Ending user sessions with token revocation".
 */
import { timingSafeEqual } from 'node:crypto'
import { fail } from '../../wire/errors.ts'
import type { Door, Operation } from '../../wire/operation.ts'
import { allowsFlow, type Client } from '../clients/client.ts'
import { findClient } from '../clients/find.ts'
import { admin, client, operation, user } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { requireUser } from '../users/find.ts'
import { signOutEverywhere } from '../users/sign-out.ts'
import { readRefreshToken, refreshTokens, rotates, rotateTokens } from './refresh.ts'
import { hashRefreshToken, looksLikeRefreshToken } from './refresh-token.ts'
import { readRefresh, revokeSession } from './store.ts'

export const GlobalSignOut = operation('GlobalSignOut', user, async (_, { world, pool, user }) => {
  await signOutEverywhere(world, pool, user.sub)
  return {}
})

export const AdminUserGlobalSignOut = operation(
  'AdminUserGlobalSignOut',
  admin,
  async ({ Username }, { world, pool }) => {
    const { sub } = await requireUser(world, pool, Username)
    await signOutEverywhere(world, pool, sub)
    return {}
  },
)

/** Whether the secret itself is one of the client's; a client without secrets wants none. */
function holdsSecret({ secrets }: Client, given: string | undefined): boolean {
  if (secrets.length === 0) return given === undefined
  const bytes = Buffer.from(given ?? '')
  return secrets.some((secret) => bytes.length === secret.length && timingSafeEqual(bytes, Buffer.from(secret)))
}

export const GetTokensFromRefreshToken = operation(
  'GetTokensFromRefreshToken',
  client,
  async ({ RefreshToken, ClientSecret }, { world, pool, client }) => {
    if (client.secrets.length > 0 && ClientSecret === undefined) {
      fail('NotAuthorizedException', `Client ${client.id} is configured for secret but secret was not received`)
    }
    // unproved: the sentence, after the one about secret hashes.
    if (!holdsSecret(client, ClientSecret)) {
      fail('NotAuthorizedException', `Unable to verify secret for client ${client.id}`)
    }
    const holder = { pool, client }
    // With rotation on, this operation is the only way to refresh, and needs no flow to be allowed.
    if (!rotates(client) && !allowsFlow(client, 'ALLOW_REFRESH_TOKEN_AUTH')) {
      fail('InvalidParameterException', 'REFRESH_TOKEN_AUTH flow not enabled for this client')
    }
    const refresh = await readRefreshToken(world, holder, RefreshToken)
    const renew = rotates(client) ? rotateTokens : refreshTokens
    return { AuthenticationResult: await renew(world, holder, refresh) }
  },
)

/** The client that a token was issued to, proved by its secret. Unknown clients and wrong secrets are refused alike. */
const issuingClient: Door<{ ClientId: string; ClientSecret?: string }, { pool: Pool; client: Client }> = {
  signed: false,
  async admit(request, { world }) {
    const found = await findClient(world, request.ClientId)
    return found && holdsSecret(found.client, request.ClientSecret) ? found : refuseClient()
  },
}

/** unproved: the sentence. The only 401 of the service. */
const refuseClient = (): never =>
  fail('UnauthorizedException', 'The client is unknown, or its secret is wrong.', { status: 401 })

/** A token that is unknown or revoked already is no failure. RFC 7009 2.2. */
export const RevokeToken = operation('RevokeToken', issuingClient, async ({ Token }, { world, pool, client }) => {
  // unproved: both sentences.
  if (!client.settings.EnableTokenRevocation) {
    fail('UnsupportedOperationException', 'Token revocation is not enabled for this client')
  }
  if (!looksLikeRefreshToken(Token)) fail('UnsupportedTokenTypeException', 'Only refresh tokens can be revoked')
  const found = await readRefresh(world.db, pool.id, hashRefreshToken(world, Token))
  if (found && found.session.clientId !== client.id) refuseClient()
  if (found) await revokeSession(world.db, pool.id, found.session.id, world.now())
  return {}
})

export const operations: readonly Operation[] = [
  GlobalSignOut,
  AdminUserGlobalSignOut,
  GetTokensFromRefreshToken,
  RevokeToken,
]
