/** `POST /oauth2/par`: an authorization request by the back door, from a client that proves who it is. RFC 9126. */
import { pushedSeconds, pushRequest } from '../user-pools/authorizations/pushed.ts'
import { extensionsOf } from '../user-pools/oauth-extensions/extensions.ts'
import { authenticateClient } from './client-authentication.ts'
import { anyOrigin } from './cors.ts'
import { proveKey } from './dpop.ts'
import { readForm } from './parameters.ts'
import { json, refuse, SentBack, Shown } from './refusals.ts'
import { readRequest } from './request.ts'
import type { Endpoint, Site } from './site.ts'

/** What proves the client is no part of the request. */
const notAsked: ReadonlySet<string> = new Set(['client_secret', 'client_assertion', 'client_assertion_type'])

export const par: Endpoint = async (site) => {
  const form = await readForm(site.call)
  const client = await authenticateClient(site, form, 401)
  const extensions = await extensionsOf(site.world, client)
  if (extensions.pushedRequests === 'off') refuse('unauthorized_client')
  // 2.1: one pushed request does not name another.
  if (form.get('request_uri') !== undefined) refuse('invalid_request', 'request_uri is not allowed here')
  const asked = new URLSearchParams(form.entries().filter(([name]) => !notAsked.has(name)))
  asked.set('client_id', client.id)
  const jkt = await proveKey(site, { ...extensions, dpop: extensions.dpop === 'off' ? 'off' : 'allowed' })
  // RFC 9449 10.1: the key that pushes is the key that redeems.
  if (jkt !== undefined && (asked.get('dpop_jkt') ?? jkt) !== jkt) refuse('invalid_dpop_proof', 'dpop_jkt')
  if (jkt !== undefined) asked.set('dpop_jkt', jkt)
  const query = asked.toString()
  await check(site, query)
  const uri = await pushRequest(site.world, { pool: site.pool, client }, query)
  return json(201, { request_uri: uri, expires_in: pushedSeconds }, anyOrigin)
}

/** 2.1: everything is checked as at the authorization endpoint; only the answer goes to the program that asks. */
async function check(site: Site, query: string): Promise<void> {
  try {
    await readRequest({ ...site, call: { ...site.call, query } }, 'pushed')
  } catch (error) {
    if (error instanceof SentBack) return refuse(error.error, error.description)
    if (error instanceof Shown) return refuse('invalid_request', error.error)
    throw error
  }
}
