/** `POST /oauth2/device_authorization`: codes for a device, one to fetch tokens with and one for somebody to type. RFC 8628 3.1. */
import { beginDevice, deviceSeconds, pauseSeconds } from '../user-pools/authorizations/devices.ts'
import { programUrl } from '../user-pools/domains/domain.ts'
import { extensionsOf } from '../user-pools/oauth-extensions/extensions.ts'
import { authenticateClient } from './client-authentication.ts'
import { anyOrigin } from './cors.ts'
import { readForm } from './parameters.ts'
import { json, refuse, SentBack } from './refusals.ts'
import { readScope } from './request.ts'
import type { Endpoint } from './site.ts'

export const deviceAuthorization: Endpoint = async (site) => {
  const form = await readForm(site.call)
  const client = await authenticateClient(site, form, 401)
  const { deviceGrant } = await extensionsOf(site.world, client)
  if (!deviceGrant) refuse('unauthorized_client')
  // There is no address to send a refusal to.
  const nowhere = { redirectUri: '', responseType: 'code', state: undefined } as const
  const scope = await readScope(site, client, form, nowhere).catch((error: unknown) => {
    if (error instanceof SentBack) return refuse('invalid_scope')
    throw error
  })
  const { deviceCode, userCode } = await beginDevice(site.world, { pool: site.pool, client }, scope)
  const page = `${programUrl(site.world.settings, site.domain)}/device`
  const body = {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${userCode}`,
    expires_in: deviceSeconds,
    interval: pauseSeconds,
  }
  return json(200, body, anyOrigin)
}
