/** The provider of a rule: where its endpoints are, who we are to it, whose ID tokens count. Ours is asked in this process, others over the network. */
import { Readable } from 'node:stream'
import { FetchError } from '../../outbound/guarded-fetch.ts'
import { verifyRemoteJwt } from '../../outbound/remote-issuers.ts'
import type { Claims } from '../../protocols/jwt.ts'
import { findClient } from '../../user-pools/clients/find.ts'
import { domainUrl, pathOf } from '../../user-pools/domains/domain.ts'
import { findDomain } from '../../user-pools/domains/find.ts'
import { readIdToken } from '../../user-pools/tokens/id-token.ts'
import { issuerOf, issuersOf } from '../../user-pools/tokens/issuer.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { Fetched, World } from '../../world.ts'
import type { CognitoSettings, OidcSettings, Rule } from './settings.ts'

/** The product itself: pools of ours are asked without a network in between. */
export type Ask = (call: Call) => Promise<Answer>

export type Provider = {
  readonly issuer: string
  readonly authorizationEndpoint: string
  readonly clientId: string
  readonly clientSecret: string | undefined
  /** Rejects with a FetchError. */
  token(form: URLSearchParams, headers: Readonly<Record<string, string>>, from: Call): Promise<Fetched>
  userInfo(headers: Readonly<Record<string, string>>, from: Call): Promise<Fetched>
  /** The claims of an ID token of this provider for this client; undefined for any other. */
  readIdToken(token: string): Promise<Claims | undefined>
}

/** AWS: each endpoint has five seconds. */
const timeoutMs = 5_000
const mostBytes = 64 * 1024

/** Undefined where a pool of ours has lost its client or its domain. */
export function providerOf(world: World, rule: Rule, ask: Ask): Promise<Provider | undefined> {
  const { provider } = rule
  return provider.type === 'authenticate-oidc'
    ? Promise.resolve(oidcProvider(world, provider))
    : cognitoProvider(world, provider, ask)
}

const formType = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' }

function remote(world: World, tokenEndpoint: string, userInfoEndpoint: string): Pick<Provider, 'token' | 'userInfo'> {
  return {
    token: (form, headers) =>
      world.fetch(tokenEndpoint, {
        ...{ method: 'POST', body: form.toString(), timeoutMs, mostBytes },
        headers: { ...formType, ...headers },
      }),
    userInfo: (headers) =>
      world.fetch(userInfoEndpoint, { headers: { accept: 'application/json', ...headers }, timeoutMs, mostBytes }),
  }
}

/** OpenID Connect Core 3.1.3.7. */
function isFor(claims: Claims, clientId: string): boolean {
  const audience: unknown[] = [claims['aud']].flat()
  const { azp } = claims
  return audience.includes(clientId) && (azp === undefined || azp === clientId)
}

async function verifyForeign(world: World, issuer: string, clientId: string, token: string) {
  const result = await verifyRemoteJwt(world, { issuer }, token)
  return 'refusal' in result || !isFor(result.claims, clientId) ? undefined : result.claims
}

const oidcProvider = (world: World, settings: OidcSettings): Provider => ({
  issuer: settings.Issuer,
  authorizationEndpoint: settings.AuthorizationEndpoint,
  clientId: settings.ClientId,
  clientSecret: settings.ClientSecret,
  ...remote(world, settings.TokenEndpoint, settings.UserInfoEndpoint),
  readIdToken: (token) => verifyForeign(world, settings.Issuer, settings.ClientId, token),
})

async function cognitoProvider(world: World, settings: CognitoSettings, ask: Ask): Promise<Provider | undefined> {
  const { UserPoolArn, UserPoolClientId: clientId, UserPoolDomain: name } = settings
  const [, , , region = '', , resource = ''] = UserPoolArn.split(':')
  const id = resource.replace(/^userpool\//, '')
  const found = await findClient(world, clientId)
  if (!found) return awsProvider(world, settings, { id, region })
  const site = await findDomain(world, name.toLowerCase())
  if (found.pool.id !== id || site?.pool.id !== id) return undefined
  const issuer = issuerOf(world.settings, found.pool)
  const own = (path: string, method: string, headers: Readonly<Record<string, string>>, from: Call, body = '') =>
    askOwn(world, ask, `${pathOf(site.domain.name)}${path}`, { method, headers, from, body })
  return {
    issuer,
    authorizationEndpoint: `${domainUrl(world.settings, site.domain)}/oauth2/authorize`,
    clientId,
    clientSecret: found.client.secrets[0],
    token: (form, headers, from) => own('/oauth2/token', 'POST', { ...formType, ...headers }, from, form.toString()),
    userInfo: (headers, from) => own('/oauth2/userInfo', 'GET', headers, from),
    async readIdToken(token) {
      const read = await readIdToken(world, token, { audience: [clientId] })
      return 'refused' in read || read.pool.id !== id ? undefined : read.claims
    },
  }
}

/** A pool of AWS's own: its client is not in our database. */
function awsProvider(world: World, settings: CognitoSettings, pool: { id: string; region: string }): Provider {
  const { UserPoolClientId: clientId, UserPoolDomain: name, ClientSecret: clientSecret } = settings
  const base = name.includes('.') ? `https://${name}` : `https://${name}.auth.${pool.region}.amazoncognito.com`
  const issuer = issuersOf({ issuer: 'aws' }, pool).ORIGINAL
  return {
    issuer,
    authorizationEndpoint: `${base}/oauth2/authorize`,
    ...{ clientId, clientSecret },
    ...remote(world, `${base}/oauth2/token`, `${base}/oauth2/userInfo`),
    async readIdToken(token) {
      const claims = await verifyForeign(world, issuer, clientId, token)
      return claims?.['token_use'] === 'id' ? claims : undefined
    },
  }
}

type Request = {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly from: Call
  readonly body: string
}

/** As if the visitor's request had come over the network: limits by address see the visitor's. */
async function askOwn(
  world: World,
  ask: Ask,
  path: string,
  { method, headers, from, body }: Request,
): Promise<Fetched> {
  const { host, protocol } = new URL(world.settings.publicUrl)
  const named = { host, 'user-agent': from.headers['user-agent'] ?? '', ...headers }
  const answer = await ask({
    ...{ id: from.id, method, path, query: '', headers: named, address: from.address },
    rawHeaders: Object.entries(named).flat(),
    body: Readable.from([Buffer.from(body)], { objectMode: false }),
    secure: protocol === 'https:',
  })
  if (answer.body instanceof Readable) throw new FetchError('too-large', `${path} answered with a stream.`, true)
  return { status: answer.status, headers: answer.headers, body: Buffer.from(answer.body ?? '') }
}
