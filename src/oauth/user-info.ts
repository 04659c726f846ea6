/** `/oauth2/userInfo`: what an access token's scopes let its holder know of the user. OpenID Connect Core 5.3; AWS: "The user attributes endpoint". */
import { jwsAlgs } from '../protocols/jws.ts'
import type { Client } from '../user-pools/clients/client.ts'
import { findClient } from '../user-pools/clients/find.ts'
import { readable } from '../user-pools/clients/permissions.ts'
import { countRequest } from '../user-pools/risk/rates.ts'
import { type AccessToken, readAccessToken } from '../user-pools/tokens/access-token.ts'
import { opensAttribute } from '../user-pools/tokens/scopes.ts'
import { AwsError } from '../wire/errors.ts'
import { anyOrigin } from './cors.ts'
import { proveKey } from './dpop.ts'
import { json, refuse } from './refusals.ts'
import type { Endpoint, Site } from './site.ts'

export const userInfo: Endpoint = async (site) => {
  const { text, bound } = tokenOf(site)
  const jkt = bound ? await proveKey(site, { dpop: 'required', dpopNonce: false }, text, refuseProof) : undefined
  const token = await readToken(site, text, jkt)
  await countRequest(site.world, site.pool, 'GetUser', token.user.sub)
  const client = await clientOf(site, token)
  return json(200, describe(token, client), { ...securityHeaders, 'x-amz-cognito-request-id': site.call.id })
}

/** AWS: the headers its page lists. */
const securityHeaders = {
  ...anyOrigin,
  'cache-control': 'no-cache, no-store, max-age=0, must-revalidate',
  expires: '0',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'x-xss-protection': '1; mode=block',
}

/** RFC 6750 3; the body's form is not documented, so it says the same. */
function refuseToken(status: 400 | 401, error: string, description: string): never {
  const headers = {
    'www-authenticate': `Bearer error="${error}", error_description="${description}"`,
    ...anyOrigin,
    'access-control-expose-headers': 'www-authenticate',
  }
  return refuse(error, description, { status, headers })
}

const malformed = () => refuseToken(400, 'invalid_request', 'Bad OAuth2 request at UserInfo Endpoint')
const ended = () =>
  refuseToken(
    401,
    'invalid_token',
    'Access token is expired, disabled, or deleted, or the user has globally signed out.',
  )

/** RFC 9449 7.1; the holder of a bound token says so by the scheme. */
const refuseProof = (error: string, why: string): never => {
  const challenge = `DPoP error="${error}", error_description="${why}", algs="${jwsAlgs.join(' ')}"`
  return refuse(error, why, { status: 401, headers: { 'www-authenticate': challenge, ...anyOrigin } })
}

function tokenOf({ call }: Site): { text: string; bound: boolean } {
  const [, scheme, text] = /^(bearer|dpop) +([\w.~+/-]+=*) *$/i.exec(call.headers['authorization'] ?? '') ?? []
  if ((call.method !== 'GET' && call.method !== 'POST') || text === undefined) return malformed()
  return { text, bound: scheme?.toLowerCase() === 'dpop' }
}

/** Verified as at every other door, and of this domain's pool. */
async function readToken({ world, pool }: Site, text: string, jkt: string | undefined): Promise<AccessToken> {
  try {
    const token = await readAccessToken(world, text, 'openid', jkt)
    return token.pool.id === pool.id ? token : ended()
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    if (error.message === 'Access Token does not have required scopes') {
      return refuseToken(401, 'invalid_token', 'Access token does not contain openid scope')
    }
    return ended()
  }
}

async function clientOf({ world, pool }: Site, { claims }: AccessToken): Promise<Client> {
  const found = await findClient(world, String(claims['client_id']))
  return found?.pool.id === pool.id ? found.client : ended()
}

/** Every value is a string here, `email_verified` included. */
function describe({ pool, user, claims }: AccessToken, client: Client): Record<string, string> {
  const scope = String(claims['scope'])
  const open = Object.entries(user.attributes).filter(
    ([name, value]) => value !== '' && readable(pool, client, name) && opensAttribute(scope, name, 'user-info'),
  )
  return { ...Object.fromEntries(open), sub: user.sub, username: user.username }
}
