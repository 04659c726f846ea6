/** Login providers of this machine, for tests: an issuer of ID tokens, and the two that are shown access tokens. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

export async function listenLocally(answer: RequestListener) {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://localhost:${port}`,
    name: `localhost:${port}`,
    close: () => new Promise<unknown>((resolve) => server.close(resolve).closeAllConnections()),
  }
}

export type Issuer = {
  readonly url: string
  /** The URL without its scheme: its name as a login provider. */
  readonly name: string
  /** A token of the key published, for an hour, unless the claims or the options say otherwise. */
  sign(claims: JWTPayload, options?: { key?: CryptoKey; alg?: string; kid?: string }): Promise<string>
  close(): Promise<unknown>
}

/** An issuer with one key; `issuer` is what its tokens and configuration say, its own URL if absent. */
export async function startIssuer({ issuer, alg = 'RS256' }: { issuer?: string; alg?: string } = {}): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg, use: 'sig' }
  let base = ''
  const server = await listenLocally((request, answer) => {
    const documents: Record<string, unknown> = {
      '/.well-known/openid-configuration': { issuer: issuer ?? base, jwks_uri: `${base}/keys` },
      '/keys': { keys: [jwk] },
    }
    const document = documents[request.url ?? '']
    answer.writeHead(document ? 200 : 404, { 'content-type': 'application/json' })
    answer.end(JSON.stringify(document ?? {}))
  })
  base = server.url
  return {
    ...server,
    sign: (claims, options = {}) => {
      const now = Math.floor(Date.now() / 1000)
      return new SignJWT({ iss: issuer ?? base, iat: now, exp: now + 3600, ...claims })
        .setProtectedHeader({ alg: options.alg ?? alg, kid: options.kid ?? 'k1' })
        .sign(options.key ?? privateKey)
    },
  }
}

/** Facebook's and Amazon's APIs, as far as tokens go: tokens to whose and of which app they are. */
export const startShown = (tokens: Readonly<Record<string, { user: string; app: string }>>) =>
  listenLocally((request, answer) => {
    const url = new URL(request.url ?? '', 'http://x')
    const token = url.searchParams.get('access_token') ?? (request.headers.authorization ?? '').replace('Bearer ', '')
    const known = tokens[token]
    const documents: Record<string, unknown> = known
      ? {
          '/me': { id: known.user },
          '/app': { id: known.app },
          '/auth/o2/tokeninfo': { user_id: known.user, aud: known.app, iss: 'https://www.amazon.com' },
        }
      : {}
    const status = token === 'broken' ? 503 : documents[url.pathname] ? 200 : 400
    answer.writeHead(status, { 'content-type': 'application/json' })
    answer.end(JSON.stringify(documents[url.pathname] ?? { error: { message: 'Invalid OAuth access token.' } }))
  })
