/** `POST /oauth2/introspect`: what a token is worth now, for clients that may ask. RFC 7662. */
import { extensionsOf } from '../user-pools/oauth-extensions/extensions.ts'
import { inspectToken } from '../user-pools/tokens/inspect.ts'
import { authenticateClient } from './client-authentication.ts'
import { readForm } from './parameters.ts'
import { json, refuse } from './refusals.ts'
import type { Endpoint } from './site.ts'

/** 2.1: whoever asks proves who they are; a client without a secret proves nothing. */
export const introspect: Endpoint = async (site) => {
  const form = await readForm(site.call)
  const client = await authenticateClient(site, form, 401)
  const { introspection } = await extensionsOf(site.world, client)
  if (!introspection || client.secrets.length === 0) refuse('unauthorized_client', undefined, { status: 403 })
  const token = form.get('token') ?? refuse('invalid_request')
  const claims = await inspectToken(site.world, { pool: site.pool, client }, token)
  // 2.2: of what is not good nothing is told, not even why.
  return json(200, claims ? { active: true, ...claims } : { active: false })
}
