/** Other people's providers on loopback ports: a real OpenID Connect one, and one that lies as a test tells it. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import Provider, { type Configuration, type JWK } from 'oidc-provider'

export type Listening = { readonly url: string; close(): Promise<void> }

const listen = async (server: Server): Promise<Listening> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

export type Person = Readonly<Record<string, unknown>>

const newKey = (kid: string): JWK => ({
  ...(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK),
  ...{ kid, use: 'sig', alg: 'RS256' },
})

export type RealProvider = Listening & {
  readonly clientId: string
  readonly clientSecret: string
  /** Signs with a new key from now on. */
  rotate(): void
}

/**
 * `oidc-provider` as it is, with its own pages: any login, any password, consent by a button. `people` are claims by login.
 */
export async function startOidcProvider(
  people: Readonly<Record<string, Person>>,
  redirectUris: () => string[],
  more: Configuration = {},
): Promise<RealProvider> {
  let handler: RequestListener = (_, answer) => answer.end()
  const server = createServer((request, answer) => handler(request, answer))
  const listening = await listen(server)
  const [clientId, clientSecret] = ['poolhouse', randomBytes(24).toString('base64url')]
  let keys = 0
  const make = () => {
    const provider = new Provider(listening.url, {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: redirectUris(),
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      jwks: { keys: [newKey(`key-${++keys}`)] },
      cookies: { keys: ['a key of the test'] },
      claims: {
        openid: ['sub'],
        email: ['email', 'email_verified'],
        profile: ['name', 'given_name', 'picture', 'nickname'],
      },
      findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...people[id] }) }),
      ...more,
    })
    handler = provider.callback()
  }
  make()
  return { ...listening, clientId, clientSecret, rotate: make }
}

type Reply = { readonly status?: number; readonly body?: unknown; readonly headers?: Record<string, string> }
export type Liar = Listening & {
  readonly issuer: string
  /** What was asked so far: method, path with query, body, Authorization. */
  readonly asked: { method: string; path: string; body: string; authorization: string | undefined }[]
  /** What the next answers are, by path; a reply may be made of the request. */
  replies: Record<string, Reply | ((body: string) => Reply | Promise<Reply>)>
  /** An ID token of these claims, over honest ones. */
  idToken(claims: Person, by?: { key?: KeyObject; header?: object }): string
  /** Details for CreateIdentityProvider. */
  details(more?: Record<string, string>): Record<string, string>
}

/** Honest until told otherwise: discovery, keys, and tokens for whatever code comes. */
export async function startLiar(): Promise<Liar> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const asked: Liar['asked'] = []
  const server = createServer(async (request: IncomingMessage, answer: ServerResponse) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const body = Buffer.concat(parts).toString()
    const { method = '', url = '', headers } = request
    asked.push({ method, path: url, body, authorization: headers.authorization })
    const found = liar.replies[url.split('?')[0] ?? '']
    const {
      status = found ? 200 : 404,
      body: said = {},
      headers: more = {},
    } = typeof found === 'function' ? await found(body) : (found ?? {})
    answer.writeHead(status, { 'content-type': 'application/json', ...more })
    answer.end(typeof said === 'string' ? said : JSON.stringify(said))
  })
  const listening = await listen(server)
  const { url: issuer } = listening
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'k', use: 'sig', alg: 'RS256' }
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const liar: Liar = {
    ...listening,
    issuer,
    asked,
    replies: {
      '/.well-known/openid-configuration': {
        body: {
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          userinfo_endpoint: `${issuer}/me`,
          jwks_uri: `${issuer}/keys`,
        },
      },
      '/keys': { body: { keys: [jwk] } },
    },
    idToken(claims, { key = privateKey, header = {} } = {}) {
      const seconds = Math.floor(Date.now() / 1000)
      const honest = { iss: issuer, aud: 'liar-client', iat: seconds, exp: seconds + 300 }
      const text = `${encode({ alg: 'RS256', kid: 'k', ...header })}.${encode({ ...honest, ...claims })}`
      return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
    },
    details: (more = {}) => ({
      client_id: 'liar-client',
      client_secret: 'liar-secret',
      attributes_request_method: 'GET',
      oidc_issuer: issuer,
      authorize_scopes: 'openid email',
      ...more,
    }),
  }
  return liar
}

/** What a started sign-in asks of the provider. */
export const askedOf = (location: string): Record<string, string> =>
  Object.fromEntries(new URL(location || assert.fail('no location')).searchParams)
