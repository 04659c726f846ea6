/**
 * Tokens after the sign-in: refreshing with rotation, revoking, signing out everywhere; and tokens of machines, which
 * never sign in.
 * Owns the tables signing_keys, sessions and refresh_tokens; never asks for a password.
 * AWS: "Refresh tokens", "Ending user sessions with token revocation".
 */
import { fail } from '../../wire/errors.ts'
import type { Door, Operation } from '../../wire/operation.ts'
import type { World } from '../../world.ts'
import { endBrowserById } from '../authorizations/browser.ts'
import { allowsFlow, type Client, clientTokenFlow } from '../clients/client.ts'
import { findClient } from '../clients/find.ts'
import { holdsSecret } from '../clients/secrets.ts'
import { admin, client, operation, user } from '../doors.ts'
import { noteSignOut } from '../logout-notices/notify.ts'
import type { Pool } from '../pools/pool.ts'
import { countRequest } from '../risk/rates.ts'
import { checkAssociated } from '../sessions/configuration.ts'
import { requireUser, userBySub } from '../users/find.ts'
import { signOutEverywhere } from '../users/sign-out.ts'
import { issueClientToken } from './client-token.ts'
import { readRefreshToken, refreshTokens, rotates, rotateTokens } from './refresh.ts'
import { looksLikeRefreshToken } from './refresh-token.ts'
import { revokeRefreshToken } from './revoke.ts'
import type { Session } from './session.ts'

export const GlobalSignOut = operation('GlobalSignOut', user, async (_, { world, pool, user }) => {
  await noteSignOut(world, pool, user.sub)
  await signOutEverywhere(world, pool, user.sub)
  return {}
})

export const AdminUserGlobalSignOut = operation(
  'AdminUserGlobalSignOut',
  admin,
  async ({ Username }, { world, pool }) => {
    const { sub } = await requireUser(world, pool, Username)
    await noteSignOut(world, pool, sub)
    await signOutEverywhere(world, pool, sub)
    return {}
  },
)

/** unproved: the sentence, after the one about secret hashes. */
const refuseSecret = (client: Client): never =>
  fail('NotAuthorizedException', `Unable to verify secret for client ${client.id}`)

export const GetTokensFromRefreshToken = operation(
  'GetTokensFromRefreshToken',
  client,
  async ({ RefreshToken, ClientSecret, DeviceKey, ClientMetadata }, context) => {
    const { world, pool, client, address, userAgent } = context
    if (client.secrets.length > 0 && ClientSecret === undefined) {
      fail('NotAuthorizedException', `Client ${client.id} is configured for secret but secret was not received`)
    }
    if (!holdsSecret(client, ClientSecret)) refuseSecret(client)
    const from = { address, userAgent }
    const holder = { pool, client, clientMetadata: ClientMetadata, deviceKey: DeviceKey, from }
    // With rotation on, this operation is the only way to refresh, and needs no flow to be allowed.
    if (!rotates(client) && !allowsFlow(client, 'ALLOW_REFRESH_TOKEN_AUTH')) {
      fail('InvalidParameterException', 'REFRESH_TOKEN_AUTH flow not enabled for this client')
    }
    const refresh = await readRefreshToken(world, holder, RefreshToken)
    const renew = rotates(client) ? rotateTokens : refreshTokens
    return { AuthenticationResult: await renew(world, holder, refresh) }
  },
)

/** Proves the client by its secret; the SDK signs this call, and the signature says nothing. */
export const GetClientToken = operation(
  'GetClientToken',
  client,
  async ({ Secret, Scopes, ClientMetadata }, { world, pool, client }) => {
    if (!allowsFlow(client, clientTokenFlow)) {
      fail('InvalidParameterException', 'Client token flow not enabled for this client')
    }
    if (!holdsSecret(client, Secret)) refuseSecret(client)
    return { ClientAuthenticationResult: await issueClientToken(world, { pool, client }, Scopes ?? [], ClientMetadata) }
  },
)

/** The client that a token was issued to, proved by its secret. Unknown clients and wrong secrets are refused alike. */
const issuingClient: Door<{ ClientId: string; ClientSecret?: string }, { pool: Pool; client: Client }> = {
  signed: false,
  async admit(request, { world, operation: name }) {
    const found = (await findClient(world, request.ClientId)) ?? refuseClient()
    await countRequest(world, found.pool, name)
    return holdsSecret(found.client, request.ClientSecret) ? found : refuseClient()
  },
}

/** unproved: the sentence. The only 401 of the service. */
const refuseClient = (): never =>
  fail('UnauthorizedException', 'The client is unknown, or its secret is wrong.', { status: 401 })

/** Ends the browser's session that the tokens came from; who else holds tokens of it is told. */
async function endLinked(world: World, pool: Pool, { sub, browserId }: Session): Promise<void> {
  const user = browserId === undefined ? undefined : await userBySub(world, pool, sub)
  if (!user || browserId === undefined) return
  await noteSignOut(world, pool, sub, browserId)
  await endBrowserById(world, pool, user, browserId)
}

/** A token that is unknown or revoked already is no failure. RFC 7009 2.2. */
export const RevokeToken = operation('RevokeToken', issuingClient, async (input, { world, pool, client }) => {
  const { Token, RevokeAssociatedSessions: associated } = input
  checkAssociated(associated)
  // unproved: both sentences.
  if (!client.settings.EnableTokenRevocation) {
    fail('UnsupportedOperationException', 'Token revocation is not enabled for this client')
  }
  if (!looksLikeRefreshToken(Token)) fail('UnsupportedTokenTypeException', 'Only refresh tokens can be revoked')
  const before = associated === 'LINKED' ? (session: Session) => endLinked(world, pool, session) : undefined
  if ((await revokeRefreshToken(world, client, Token, before)) === 'another') refuseClient()
  return {}
})

export const operations: readonly Operation[] = [
  GlobalSignOut,
  AdminUserGlobalSignOut,
  GetTokensFromRefreshToken,
  RevokeToken,
  GetClientToken,
]
