/** `POST /oauth2/token`: tokens for a code, for a refresh token, or for a machine. RFC 6749 3.2; AWS: "The token issuer endpoint". */
import { createHash, timingSafeEqual } from 'node:crypto'
import { redeemCode } from '../user-pools/authorizations/code.ts'
import { askForDevice } from '../user-pools/authorizations/devices.ts'
import { allowsFlow, type Client } from '../user-pools/clients/client.ts'
import { readable } from '../user-pools/clients/permissions.ts'
import { type Extensions, extensionsOf } from '../user-pools/oauth-extensions/extensions.ts'
import { customScopes } from '../user-pools/resource-servers/scopes.ts'
import { countRequest } from '../user-pools/risk/rates.ts'
import { issueClientToken } from '../user-pools/tokens/client-token.ts'
import { beginSession, type Tokens } from '../user-pools/tokens/issue.ts'
import { readRefreshToken, refreshTokens, rotates, rotateTokens } from '../user-pools/tokens/refresh.ts'
import { pairsOf } from '../user-pools/tokens/scopes.ts'
import { makeUuid } from '../user-pools/tokens/uuid.ts'
import { userBySub } from '../user-pools/users/find.ts'
import { AwsError } from '../wire/errors.ts'
import { authenticateClient } from './client-authentication.ts'
import { anyOrigin } from './cors.ts'
import { nonceHeader, proveKey } from './dpop.ts'
import { type Parameters, readForm } from './parameters.ts'
import { json, refuse } from './refusals.ts'
import type { Endpoint, Site } from './site.ts'

export const token: Endpoint = async (site) => {
  const form = await readForm(site.call)
  const client = await authenticateClient(site, form)
  const grant = knownGrant(form)
  const extensions = await extensionsOf(site.world, client)
  if (!grant.allowedFor(client, extensions)) refuse('unauthorized_client')
  await countRequest(site.world, site.pool, grant.countsAs)
  const jkt = await proveKey(site, extensions)
  const tokens = await grant.run({ ...site, client, extensions, jkt }, form)
  return json(200, describe(tokens, jkt), {
    ...anyOrigin,
    ...nonceHeader(site, extensions),
    'x-amz-cognito-request-id': site.call.id,
  })
}

/** The request, who asks, and the key that they proved to have. */
type Asked = Site & { readonly client: Client; readonly extensions: Extensions; readonly jkt: string | undefined }

type Issued = Pick<Tokens, 'AccessToken' | 'ExpiresIn' | 'TokenType'> & Partial<Tokens>

const describe = ({ IdToken, AccessToken, RefreshToken, ExpiresIn, TokenType }: Issued, jkt: string | undefined) => ({
  ...(IdToken !== undefined && { id_token: IdToken }),
  access_token: AccessToken,
  ...(RefreshToken !== undefined && { refresh_token: RefreshToken }),
  expires_in: ExpiresIn,
  token_type: jkt === undefined ? TokenType : 'DPoP',
})

type Grant = {
  allowedFor(client: Client, extensions: Extensions): boolean
  /** The API's operation whose rate it has. unproved: for codes. */
  readonly countsAs: string
  run(asked: Asked, form: Parameters): Promise<Issued>
}

const hasFlow =
  (flow: 'code' | 'client_credentials') =>
  ({ settings }: Client) =>
    settings.AllowedOAuthFlowsUserPoolClient && settings.AllowedOAuthFlows?.includes(flow) === true

const grants: Readonly<Record<string, Grant>> = {
  authorization_code: { allowedFor: hasFlow('code'), countsAs: 'GetTokensFromRefreshToken', run: redeem },
  refresh_token: {
    // With rotation on, this endpoint needs no flow of the API's; unproved: that it does without rotation.
    allowedFor: (client) => rotates(client) || allowsFlow(client, 'ALLOW_REFRESH_TOKEN_AUTH'),
    countsAs: 'GetTokensFromRefreshToken',
    run: refresh,
  },
  client_credentials: { allowedFor: hasFlow('client_credentials'), countsAs: 'GetClientToken', run: speakForItself },
  'urn:ietf:params:oauth:grant-type:device_code': {
    allowedFor: (_, { deviceGrant }) => deviceGrant,
    countsAs: 'GetTokensFromRefreshToken',
    run: fetchForDevice,
  },
}

function knownGrant(form: Parameters): Grant {
  const name = form.get('grant_type')
  if (name === undefined) return refuse('invalid_request')
  return Object.hasOwn(grants, name) ? (grants[name] as Grant) : refuse('unsupported_grant_type')
}

const needed = (form: Parameters, name: string): string => form.get(name) ?? refuse('invalid_request')

const originOf = ({ call }: Site) => ({ address: call.address, userAgent: call.headers['user-agent'] ?? '' })

/** The code is spent by the first request that names it, right or wrong in the rest. */
async function redeem(asked: Asked, form: Parameters): Promise<Issued> {
  const { world, pool, client, jkt } = asked
  const redeemed = (await redeemCode(world, { pool, client }, needed(form, 'code'))) ?? refuse('invalid_grant')
  const { redirectUri, scope, nonce, challenge, resource, authTime, signOuts, sub, sessionId, authentication } =
    redeemed
  // AWS: its name for another address than the one at authorize.
  if (form.get('redirect_uri') !== redirectUri) refuse('unauthorized_client', 'invalid_redirect')
  checkVerifier(challenge, form.get('code_verifier'))
  // RFC 9449 10: the key that the code was asked for.
  if (redeemed.jkt !== undefined && redeemed.jkt !== jkt) refuse('invalid_grant')
  const user = await userBySub(world, pool, sub)
  // Signed out everywhere, disabled or deleted since.
  if (!user?.enabled || signOuts !== user.signOuts) return refuse('invalid_grant')
  checkReadable(asked, scope)
  const begun = beginSession(world, {
    ...{ pool, client, user, authTime, nonce, jkt, authentication, from: originOf(asked) },
    source: 'TokenGeneration_HostedAuth',
    hosted: { scope, resource, sessionId, ...hostedOf(asked, redeemed.browserId) },
  })
  const tokens = await refusedAsGrant(begun)
  return (await redeemed.replayed()) ? refuse('invalid_grant') : tokens
}

/** RFC 7636 4.6. A verifier without a challenge is a downgrade (RFC 9700 4.8.2). unproved: AWS's error for either. */
function checkVerifier(challenge: string | undefined, verifier: string | undefined): void {
  if (challenge === undefined && verifier === undefined) return
  const proof = createHash('sha256')
    .update(verifier ?? '')
    .digest()
  const wellFormed = challenge !== undefined && /^[\w.~-]{43,128}$/.test(verifier ?? '')
  // Checked at authorize: the challenge is base64url of 32 bytes.
  if (!wellFormed || !timingSafeEqual(proof, Buffer.from(challenge, 'base64url'))) refuse('invalid_grant')
}

const hostedOf = ({ client, extensions, jkt }: Asked, browserId: string | undefined) => ({
  browserId,
  tellsSession: extensions.backchannelLogoutUri !== undefined,
  // RFC 9449 5: other clients prove their secret each time.
  bindsRefresh: jkt !== undefined && client.secrets.length === 0,
})

function checkReadable({ pool, client }: Asked, scope: string): void {
  const unreadable = pairsOf(scope).some((pair) => !pair.every((name) => readable(pool, client, name)))
  if (unreadable) refuse('invalid_grant')
}

/** RFC 8628 3.4, 3.5. */
async function fetchForDevice(asked: Asked, form: Parameters): Promise<Issued> {
  const { world, pool, client, jkt } = asked
  const found = await askForDevice(world, { pool, client }, needed(form, 'device_code'))
  if ('pending' in found) return refuse(found.pending)
  const { sub, scope, authTime, signOuts, browserId, authentication } = found
  const user = await userBySub(world, pool, sub)
  if (!user?.enabled || signOuts !== user.signOuts) return refuse('invalid_grant')
  checkReadable(asked, scope)
  const begun = beginSession(world, {
    ...{ pool, client, user, authTime, jkt, authentication, from: originOf(asked) },
    source: 'TokenGeneration_HostedAuth',
    hosted: { scope, sessionId: makeUuid(world), ...hostedOf(asked, browserId) },
  })
  return refusedAsGrant(begun)
}

async function refresh(asked: Asked, form: Parameters): Promise<Issued> {
  const { world, pool, client, jkt } = asked
  const given = needed(form, 'refresh_token')
  const holder = { pool, client, jkt, from: originOf(asked) }
  const renew = rotates(client) ? rotateTokens : refreshTokens
  return refusedAsGrant(readRefreshToken(world, holder, given).then((found) => renew(world, holder, found)))
}

/** What the grant rests on is no good, or was taken away while tokens were made: the API's refusals in OAuth's word. */
const refusedAsGrant = <Tokens>(made: Promise<Tokens>): Promise<Tokens> =>
  made.catch((error: unknown) => {
    if (error instanceof AwsError && badGrant.has(error.code)) return refuse('invalid_grant')
    throw error
  })

const badGrant: ReadonlySet<string> = new Set([
  'NotAuthorizedException',
  'RefreshTokenReuseException',
  'UserNotFoundException',
])

/** RFC 6749 4.4. Scopes of users, and of the API itself, are nobody's without a user. */
async function speakForItself({ world, pool, client, jkt }: Asked, form: Parameters): Promise<Issued> {
  const wanted = form.get('scope')?.split(' ').filter(Boolean) ?? []
  const known = await customScopes(world, pool.id)
  if (wanted.some((scope) => !known.has(scope))) refuse('invalid_scope')
  const allowed = client.settings.AllowedOAuthScopes ?? []
  if (wanted.some((scope) => !allowed.includes(scope))) refuse('invalid_grant')
  return issueClientToken(world, { pool, client }, wanted, readMetadata(form), jkt)
}

/** AWS: "a URL-encoded JSON map" for the pool's function. unproved: the refusal of what is none. */
function readMetadata(form: Parameters): Readonly<Record<string, string>> | undefined {
  const text = form.get('aws_client_metadata')
  if (text === undefined) return undefined
  try {
    const map: unknown = JSON.parse(text)
    const isMap = typeof map === 'object' && map !== null && !Array.isArray(map)
    if (isMap && Object.values(map).every((value) => typeof value === 'string')) return map as Record<string, string>
  } catch {
    // As if it were another value that is no map.
  }
  return refuse('invalid_request')
}
