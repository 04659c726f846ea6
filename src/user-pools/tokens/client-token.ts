/** Tokens of machines: an access token for the client itself, with scopes of resource servers and no user. AWS: API_GetClientToken; RFC 6749 4.4. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { type Client, lifetimes } from '../clients/client.ts'
import type { Pool } from '../pools/pool.ts'
import { customScopes } from '../resource-servers/scopes.ts'
import { overrideAccessClaims } from '../triggers/claim-overrides.ts'
import { askForMachine } from '../triggers/pre-token.ts'
import { confirmation, sign } from './issue.ts'
import { issuerOf } from './issuer.ts'
import { makeUuid } from './uuid.ts'

export type ClientToken = {
  readonly AccessToken: string
  /** Seconds. */
  readonly ExpiresIn: number
  readonly TokenType: 'Bearer'
}

/**
 * The scopes such a token carries: those asked for, or all the client has. Only the client's own that a resource server
 * still defines; the scopes of users and of the API itself are nobody's without a user. Refuses any other.
 */
async function grantedScopes(world: World, { pool, client }: Holder, wanted: readonly string[]): Promise<string[]> {
  const known = await customScopes(world, pool.id)
  const allowed = (client.settings.AllowedOAuthScopes ?? []).filter((scope) => known.has(scope))
  if (wanted.length === 0) return allowed
  const beyond = wanted.find((scope) => !allowed.includes(scope))
  // unproved: code and sentence, after those of app clients.
  if (beyond !== undefined) fail('InvalidParameterException', `Invalid scope requested: ${beyond}`)
  return [...new Set(wanted)]
}

type Holder = { readonly pool: Pool; readonly client: Client }

/**
 * `sub` is the client's id, as AWS has it. Without the `event_id` of a session and without the API's own scope, so that
 * it opens nothing of a user's here (RFC 9700 4.15).
 */
export async function issueClientToken(
  world: World,
  holder: Holder,
  wanted: readonly string[],
  clientMetadata?: Readonly<Record<string, string>>,
  jkt?: string,
): Promise<ClientToken> {
  const { pool, client } = holder
  const scope = await grantedScopes(world, holder, wanted)
  const now = Math.floor(world.now() / 1000)
  const ExpiresIn = Math.floor(lifetimes(client).access / 1000)
  const overrides = await askForMachine(world, pool, { clientId: client.id, scopes: scope, clientMetadata })
  const claims = {
    sub: client.id,
    token_use: 'access',
    scope: scope.join(' '),
    auth_time: now,
    iss: issuerOf(world.settings, pool),
    exp: now + ExpiresIn,
    iat: now,
    version: 2,
    jti: makeUuid(world),
    client_id: client.id,
  }
  const said = { ...(overrides ? overrideAccessClaims(claims, overrides) : claims), ...confirmation(jkt) }
  const AccessToken = await sign(world, pool, 'access', said)
  return { AccessToken, ExpiresIn, TokenType: 'Bearer' }
}
