/** What an app gets for a user who signed in: the address to send the browser to, with a code or with tokens in it. */
import type { SignedIn } from '../user-pools/authorizations/browser.ts'
import { issueCode } from '../user-pools/authorizations/code.ts'
import { spendPushed } from '../user-pools/authorizations/pushed.ts'
import { beginSession } from '../user-pools/tokens/issue.ts'
import { makeUuid } from '../user-pools/tokens/uuid.ts'
import { show } from './refusals.ts'
import { type AuthorizationRequest, backTo } from './request.ts'
import type { Site } from './site.ts'

export async function grant(site: Site, request: AuthorizationRequest, signedIn: SignedIn): Promise<string> {
  // Whoever typed a device's code is asked first: it may have come from somebody else. RFC 8628 5.4.
  if (request.userCode !== undefined) return `${site.base}/device/confirm?${request.query}`
  if (request.page !== undefined) return `${site.base}${request.page}?${request.query}`
  const { pushedAs } = request
  if (pushedAs !== undefined && !(await spendPushed(site.world, site.pool, pushedAs))) {
    return show('invalid_request_uri', request.client.id)
  }
  return request.responseType === 'code' ? withCode(site, request, signedIn) : withTokens(site, request, signedIn)
}

async function withCode(
  { world, pool }: Site,
  request: AuthorizationRequest,
  { user, authTime, browserId, authentication }: SignedIn,
) {
  const { client, namedUri: redirectUri, scope, nonce, challenge, resource, jkt } = request
  const code = await issueCode(world, { pool, client }, user, {
    ...{ redirectUri, scope, nonce, challenge, resource, jkt, authTime, browserId, authentication },
  })
  return backTo(request, { code })
}

/** RFC 6749 4.2.2; never a refresh token. AWS's pages disagree about the case of `bearer`. */
async function withTokens(
  { world, pool, call }: Site,
  request: AuthorizationRequest,
  { user, authTime, browserId, authentication }: SignedIn,
) {
  const { client, scope, nonce, resource } = request
  const tokens = await beginSession(world, {
    ...{ pool, client, user, authTime, nonce, authentication },
    source: 'TokenGeneration_HostedAuth',
    from: { address: call.address, userAgent: call.headers['user-agent'] ?? '' },
    hosted: { scope, resource, sessionId: makeUuid(world), browserId },
  })
  return backTo(request, {
    ...(tokens.IdToken !== undefined && { id_token: tokens.IdToken }),
    access_token: tokens.AccessToken,
    token_type: 'Bearer',
    expires_in: String(tokens.ExpiresIn),
  })
}
