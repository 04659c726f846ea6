/** What an app asks of `/logout` in the words of OpenID Connect, where that is on for it. RP-Initiated Logout 1.0. */
import { findClient } from '../user-pools/clients/find.ts'
import { extensionsOf } from '../user-pools/oauth-extensions/extensions.ts'
import { verifyAnyToken } from '../user-pools/tokens/verify.ts'
import type { Parameters } from './parameters.ts'
import { show } from './refusals.ts'
import type { Site } from './site.ts'

/** Where the browser goes; undefined where the request is in AWS's words, or the client knows no others. */
export async function whereToByOpenId(site: Site, given: Parameters): Promise<string | undefined> {
  const [hint, back] = [given.get('id_token_hint'), given.get('post_logout_redirect_uri')]
  if ((hint === undefined && back === undefined) || given.repeated) return undefined
  const named = hint === undefined ? undefined : await audienceOf(site, hint)
  const id = given.get('client_id') ?? named
  const found = id === undefined || id.length > 128 ? undefined : await findClient(site.world, id)
  if (found?.pool.id !== site.pool.id) return undefined
  const { client } = found
  if (!(await extensionsOf(site.world, client)).rpInitiatedLogout) return undefined
  // 2: the hint is of this client's, or it is none.
  if (hint !== undefined && named !== client.id) return show('invalid_request', client.id)
  const { LogoutURLs = [], CallbackURLs: [app = ''] = [] } = client.settings
  if (back === undefined) {
    return `${site.base}/signedout?${new URLSearchParams({ client_id: client.id, redirect_uri: app })}`
  }
  // 3: compared as text with the registered ones.
  if (!LogoutURLs.includes(back)) return show('redirect_mismatch', client.id)
  const state = given.get('state')
  return state === undefined ? back : `${back}${back.includes('?') ? '&' : '?'}${new URLSearchParams({ state })}`
}

/** Whose an ID token of the pool's is. 2: one that has expired is good for this. */
async function audienceOf({ world, pool }: Site, hint: string): Promise<string | undefined> {
  const read = await verifyAnyToken(world, hint, 'id')
  const ours = 'refused' in read ? read.refused === 'expired' : read.pool.id === pool.id
  const audience = ours ? read.claims?.['aud'] : undefined
  return typeof audience === 'string' ? audience : undefined
}
