/** Attacks on what stands before apps: names that every object has, tokens that are bound to a key. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findClient } from '../../src/user-pools/clients/find.ts'
import { issueClientToken } from '../../src/user-pools/tokens/client-token.ts'
import { addUser, makeUserPool, tokensOf, type UserPool } from '../support/identities.ts'
import { say, startTestProxy, startUpstream, type TestProxy, tell, type Upstream } from '../support/proxy.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let upstream: Upstream
let proxy: TestProxy
let pool: UserPool
let folder: string
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
  writeFileSync(
    join(folder, 'echo.mjs'),
    'export const handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) })\n',
  )
  server = await startTestServer({ functions: folder })
  pool = await makeUserPool(server)
  await addUser(server, pool, 'ann')
  upstream = await startUpstream()
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:echo'
  const jwt = {
    type: 'jwt' as const,
    JwtConfiguration: { Issuer: `${server.endpoint}/${pool.id}`, Audience: [pool.clientId] },
  }
  const rest = {
    type: 'cognito-user-pools' as const,
    providerARNs: [`arn:aws:cognito-idp:us-east-1:000000000000:userpool/${pool.id}`],
    authorizationScopes: ['aws.cognito.signin.user.admin'],
  }
  proxy = await startTestProxy(server.world, {
    upstreams: { app: { targets: [upstream.url] } },
    routes: [
      { path: '/one', actions: [{ type: 'function', arn, payload: '1.0' }] },
      { path: '/two', actions: [{ type: 'function', arn, payload: '2.0' }] },
      { path: '/event', actions: [{ type: 'forward', upstream: 'app', event: '1.0' }] },
      { path: '/jwt', actions: [jwt, { type: 'forward', upstream: 'app' }] },
      { path: '/rest', actions: [rest, { type: 'forward', upstream: 'app' }] },
      { actions: [{ type: 'forward', upstream: 'app' }] },
    ],
  })
})
after(async () => {
  await proxy?.close()
  await upstream?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('case 28: headers and parameters named as what every object has', () => {
  const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
  for (const path of ['/one', '/two', '/event', '/else']) {
    test(`are no failure of ours at ${path}`, async () => {
      for (const name of names) {
        const heard = await say(
          proxy.port,
          `GET ${path}?${name}=1&${name}=2 HTTP/1.1\r\nHost: a\r\n${name}: x\r\n${name}: y\r\nConnection: close\r\n\r\n`,
        )
        assert.match(heard, /^HTTP\/1\.1 200 /, name)
      }
    })
  }

  test('arrive as they were sent', async () => {
    const heard = await say(
      proxy.port,
      'GET /one?constructor=1 HTTP/1.1\r\nHost: a\r\nconstructor: x\r\nConnection: close\r\n\r\n',
    )
    const event = JSON.parse(/\r\n\r\n(.*)$/s.exec(heard)?.[1] ?? '')
    assert.equal(event.headers['constructor'], 'x')
    assert.deepEqual(event.multiValueHeaders['constructor'], ['x'])
    assert.deepEqual(event.queryStringParameters, { constructor: '1' })
  })
})

test('case 21: a token that is bound to a key opens no API without it', async () => {
  const { pool: found, client } = (await findClient(server.world, pool.clientId)) ?? assert.fail('no client')
  const tokenWith = (jkt?: string) => issueClientToken(server.world, { pool: found, client }, [], undefined, jkt)
  const ask = async (path: string, token: string) =>
    (await tell(proxy.port, path, { headers: { authorization: `Bearer ${token}` } })).status
  const [free, bound] = [await tokenWith(), await tokenWith('x'.repeat(43))]
  assert.equal(await ask('/jwt', free.AccessToken), 200)
  assert.equal(await ask('/jwt', bound.AccessToken), 401)
  assert.equal(await ask('/rest', bound.AccessToken), 401)
  assert.equal(await ask('/rest', (await tokensOf(server, pool, 'ann')).AccessToken), 200)
})
