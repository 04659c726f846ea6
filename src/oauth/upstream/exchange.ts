/** A provider's code for its tokens, and its tokens for claims: every failure told the app in AWS's words, and the log why. */
import { FetchError } from '../../outbound/guarded-fetch.ts'
import { discover, IssuerError } from '../../outbound/remote-issuers.ts'
import type { IdentityProvider, Text } from '../../user-pools/federation/provider.ts'
import type { Fetched, FetchRequest, World } from '../../world.ts'
import { appleSecret } from './apple-secret.ts'
import { isSigned, readSigned } from './signed-user-info.ts'

/** Why there are no tokens or claims: `told` is for the app, the message for the log. */
export class UpstreamError extends Error {
  readonly told: string

  constructor(told: string, message: string) {
    super(message)
    this.name = 'UpstreamError'
    this.told = told
  }
}

const mostBytes = 262_144
const timeoutMs = 10_000
const agent = { 'user-agent': 'Poolhouse', accept: 'application/json' }

export type Json = Readonly<Record<string, unknown>>

const readObject = (body: Buffer): Json | undefined => {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

/** AWS: "Identity provider responses": these two of its sentences name no endpoint. */
function toldOf(error: FetchError, endpoint: string): string {
  if (error.reason === 'timed-out') return `Timeout occurred in calling IdP ${endpoint} endpoint`
  return error.reason === 'too-large' ? `Bad ${endpoint} response` : 'Connection reset'
}

async function ask(world: World, endpoint: 'token' | 'userInfo', url: string, request: FetchRequest): Promise<Fetched> {
  try {
    return await world.fetch(url, { mostBytes, timeoutMs, ...request, headers: { ...agent, ...request.headers } })
  } catch (error) {
    if (!(error instanceof FetchError)) throw error
    throw new UpstreamError(toldOf(error, endpoint), `${endpoint}: ${error.message}`)
  }
}

/** An error code as OAuth has them; whatever else a provider writes there is not repeated. */
const codeIn = (answer: Json | undefined): string | undefined => {
  const error = answer?.['error']
  return typeof error === 'string' && /^[\w.-]{1,64}$/.test(error) ? error : undefined
}

export type Exchange = {
  readonly provider: IdentityProvider
  /** Of the provider, as they are in use. */
  readonly details: Text
  readonly code: string
  readonly redirectUri: string
  readonly verifier: string | undefined
}

/** RFC 6749 4.1.3. */
export async function exchangeCode(world: World, exchange: Exchange): Promise<Json> {
  const { provider, details, code, redirectUri, verifier } = exchange
  const { token_url: url = '', client_id: id = '' } = details
  const secret = provider.type === 'SignInWithApple' ? appleSecret(world.now(), details) : details['client_secret']
  const basic = secret !== undefined && (await wantsBasic(world, provider))
  const form = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    ...(!basic && { client_id: id, ...(secret !== undefined && { client_secret: secret }) }),
    ...(verifier !== undefined && { code_verifier: verifier }),
  })
  const answer =
    details['token_request_method'] === 'GET'
      ? await ask(world, 'token', `${url}?${form}`, {})
      : await ask(world, 'token', url, {
          method: 'POST',
          headers: {
            'content-type': 'application/x-www-form-urlencoded',
            ...(basic && { authorization: basicOf(id, secret) }),
          },
          body: form.toString(),
        })
  const tokens = readObject(answer.body)
  if (answer.status !== 200) {
    const what = codeIn(tokens) ?? 'error getting token'
    throw new UpstreamError(
      `${provider.name} Error - ${answer.status} ${what}`,
      `token endpoint: ${answer.status} ${what}`,
    )
  }
  if (typeof tokens?.['access_token'] !== 'string') {
    throw new UpstreamError('Bad token response', 'token endpoint: no access_token')
  }
  return tokens
}

/** RFC 6749 2.3.1: both halves form-encoded. */
const basicOf = (id: string, secret: string) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`

/** AWS sends the secret in the form, always; who says that they take it in the header only, get it there. */
async function wantsBasic(world: World, provider: IdentityProvider): Promise<boolean> {
  if (provider.type !== 'OIDC') return false
  const methods = (await documentOf(world, provider))?.['token_endpoint_auth_methods_supported']
  return Array.isArray(methods) && methods.includes('client_secret_basic') && !methods.includes('client_secret_post')
}

/** What the provider says of itself; undefined if it does not, or cannot be asked now. */
export async function documentOf(world: World, { details }: IdentityProvider): Promise<Json | undefined> {
  try {
    return await discover(world, details['oidc_issuer'] ?? '')
  } catch (error) {
    if (error instanceof IssuerError) return undefined
    throw error
  }
}

/** OpenID Connect Core 5.3; the APIs of social providers likewise. `fields` are appended where the provider wants them. */
export async function askUserInfo(
  world: World,
  { provider, details }: Pick<Exchange, 'provider' | 'details'>,
  accessToken: string,
  fields: readonly string[],
): Promise<Json> {
  const { attributes_url: base = '', attributes_request_method: method = 'GET' } = details
  const url =
    details['attributes_url_add_attributes'] === 'true' ? base + fields.map(encodeURIComponent).join(',') : base
  const answer = await ask(world, 'userInfo', url, {
    method: method === 'POST' ? 'POST' : 'GET',
    headers: {
      authorization: `Bearer ${accessToken}`,
      ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
    },
  })
  if (answer.status === 200 && provider.type === 'OIDC' && isSigned(answer)) {
    const signed = await readSigned(world, details, answer.body.toString('latin1'))
    if (typeof signed === 'string') throw new UpstreamError('Bad user info response', `userInfo: ${signed}`)
    return signed
  }
  const claims = answer.status === 200 ? readObject(answer.body) : undefined
  if (!claims) {
    throw new UpstreamError(
      `${provider.name} Error - ${answer.status} error getting user info`,
      `userInfo: ${answer.status}, ${claims ? '' : 'no object'}`,
    )
  }
  return claims
}
