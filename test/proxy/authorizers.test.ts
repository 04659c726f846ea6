/** The authorizers of APIs as their callers, their servers and their functions meet them. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import {
  AdminUserGlobalSignOutCommand,
  CreateResourceServerCommand,
  CreateUserPoolClientCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { CreateAccessKeyCommand, CreateUserCommand, GetAccessKeyLastUsedCommand } from '@aws-sdk/client-iam'
import { SignatureV4 } from '@smithy/signature-v4'
import type { APIGatewayProxyEvent, APIGatewayProxyEventV2WithJWTAuthorizer } from 'aws-lambda'
import express from 'express'
import { fastify } from 'fastify'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { pino } from 'pino'
import type { ProxySettings } from '../../src/gateway/proxy/settings.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { requireClient } from '../../src/user-pools/clients/find.ts'
import { issueClientToken } from '../../src/user-pools/tokens/client-token.ts'
import { makeCertificate } from '../support/certificate.ts'
import { addUser, makeUserPool, tokensOf, type UserPool } from '../support/identities.ts'
import { startTestProxy, startUpstream, type TestProxy, type Told, tell, type Upstream } from '../support/proxy.ts'
import { allowing, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'

let server: TestServer
let pool: UserPool
let other: UserPool
let upstream: Upstream
let folder: string
let tokens: { IdToken: string; AccessToken: string }
const proxies: TestProxy[] = []

/** Echoes its event, or does what the path says. */
const code = `
export const handler = async (event) => {
  const path = event.rawPath ?? event.path
  if (path === '/throws') throw new Error('private words')
  if (path === '/malformed') return { statusCode: 'x' }
  if (path === '/plain') return { some: 'object' }
  if (path === '/text') return 'just text'
  if (path === '/slow') await new Promise((resolve) => setTimeout(resolve, 2_000))
  if (path === '/cookies') return { statusCode: 201, headers: { 'X-One': 1, 'bad header': 'x', 'x-bad': 'a\\r\\nb: c' }, cookies: ['a=1', 'b=2; Path=/'], body: 'made' }
  if (path === '/many') return { statusCode: 200, headers: { 'X-Two': 'lost' }, multiValueHeaders: { 'X-Two': ['a', 'b'], 'Set-Cookie': ['c=3', 'd=4'] }, body: 'AAEC', isBase64Encoded: true }
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(event) }
}
`

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
  writeFileSync(join(folder, 'api.mjs'), code)
  server = await startTestServer({ functions: folder })
  pool = await makeUserPool(server)
  other = await makeUserPool(server)
  for (const one of [pool, other]) await addUser(server, one, 'ann')
  tokens = await tokensOf(server, pool, 'ann')
  upstream = await startUpstream()
})
after(async () => {
  for (const one of proxies) await one.close()
  await upstream?.close()
  await server?.close()
  rmSync(folder, { recursive: true, force: true })
})

type Actions = ProxySettings['routes'][number]['actions']

async function openProxy(routes: ProxySettings['routes'], url = upstream.url): Promise<TestProxy> {
  const proxy = await startTestProxy(server.world, { upstreams: { app: { targets: [url] } }, routes })
  proxies.push(proxy)
  return proxy
}

const forward: Actions[number] = {
  type: 'forward',
  upstream: 'app',
  headers: { 'X-User-Sub': '$context.authorizer.claims.sub' },
}
const arnOf = ({ id }: { id: string }) => `arn:aws:cognito-idp:us-east-1:000000000000:userpool/${id}`
const issuer = () => `${server.endpoint}/${pool.id}`
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const lastSeen = () => upstream.seen.at(-1) ?? assert.fail('nothing arrived')
const brief = ({ status, text, headers }: Told) => [status, text, headers['www-authenticate']]

/** A token of ours with its claims or its signature bent. */
const bent = (token: string, change: object) => {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const changed = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), ...change }
  return [header, Buffer.from(JSON.stringify(changed)).toString('base64url'), signature].join('.')
}

describe('the authorizer of REST APIs', () => {
  let plain: TestProxy
  let scoped: TestProxy
  before(async () => {
    plain = await openProxy([{ actions: [{ type: 'cognito-user-pools', providerARNs: [arnOf(pool)] }, forward] }])
    scoped = await openProxy([
      {
        actions: [
          {
            type: 'cognito-user-pools',
            providerARNs: [arnOf(pool), arnOf(other)],
            authorizationScopes: ['photos/read', 'aws.cognito.signin.user.admin'],
          },
          forward,
        ],
      },
    ])
  })

  test('lets an ID token pass, bare or with Bearer, and the server reads its claims', async () => {
    for (const authorization of [tokens.IdToken, `Bearer ${tokens.IdToken}`]) {
      assert.equal((await tell(plain.port, '/', { headers: { authorization } })).status, 200)
      const claims = JSON.parse(lastSeen().headers['x-poolhouse-claims'] ?? '')
      assert.deepEqual([claims.aud, claims['cognito:username'], claims.token_use], [pool.clientId, 'ann', 'id'])
      assert.match(claims.exp, /^\d{10}$/)
      assert.equal(lastSeen().headers['x-user-sub'], claims.sub)
    }
  })
  test('refuses what is missing, forged, of another pool or of the other kind with 401 Unauthorized', async () => {
    const foreign = await tokensOf(server, other, 'ann')
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${tokens.IdToken.split('.')[1]}.`
    const given: Record<string, string>[] = [
      {},
      { authorization: 'nonsense' },
      { authorization: '' },
      { authorization: unsigned },
      { authorization: bent(tokens.IdToken, { sub: 'somebody else' }) },
      { authorization: foreign.IdToken },
      { authorization: tokens.AccessToken },
      { authorization: `${tokens.IdToken}${'x'.repeat(20_000)}` },
    ]
    const before = upstream.seen.length
    for (const headers of given) {
      const answer = await tell(plain.port, '/', { headers })
      assert.deepEqual([answer.status, answer.text], [401, '{"message":"Unauthorized"}'])
      assert.equal(answer.headers['x-amzn-errortype'], 'UnauthorizedException')
      assert.match(String(answer.headers['x-amzn-requestid']), /^[0-9a-f-]{36}$/)
    }
    assert.equal(upstream.seen.length, before)
  })
  test('with scopes takes access tokens with one of them, of any listed pool, and no ID token', async () => {
    assert.equal((await tell(scoped.port, '/', bearer(tokens.AccessToken))).status, 200)
    assert.equal((await tell(scoped.port, '/', bearer((await tokensOf(server, other, 'ann')).AccessToken))).status, 200)
    assert.equal((await tell(scoped.port, '/', bearer(tokens.IdToken))).status, 401)
  })
  test('takes the token of a machine', async () => {
    const { idp } = server.clients
    await idp.send(
      new CreateResourceServerCommand({
        ...{ UserPoolId: pool.id, Identifier: 'photos', Name: 'photos' },
        Scopes: [
          { ScopeName: 'read', ScopeDescription: 'r' },
          { ScopeName: 'write', ScopeDescription: 'w' },
        ],
      }),
    )
    const { UserPoolClient } = await idp.send(
      new CreateUserPoolClientCommand({
        ...{ UserPoolId: pool.id, ClientName: 'machine', GenerateSecret: true },
        ...{ AllowedOAuthFlowsUserPoolClient: true, AllowedOAuthFlows: ['client_credentials'] },
        AllowedOAuthScopes: ['photos/read', 'photos/write'],
      }),
    )
    const holder = await requireClient(server.world, UserPoolClient?.ClientId ?? '')
    const read = await issueClientToken(server.world, holder, ['photos/read'])
    const write = await issueClientToken(server.world, holder, ['photos/write'])
    assert.equal((await tell(scoped.port, '/', bearer(read.AccessToken))).status, 200)
    assert.equal((await tell(scoped.port, '/', bearer(write.AccessToken))).status, 401)
  })
  test('holds the audience against the expression before anything else', async () => {
    const strict = await openProxy([
      {
        actions: [
          {
            type: 'cognito-user-pools',
            providerARNs: [arnOf(pool)],
            identityValidationExpression: pool.clientId.slice(0, 5),
          },
          forward,
        ],
      },
    ])
    assert.equal((await tell(strict.port, '/', bearer(tokens.IdToken))).status, 401, 'only a part of it fits')
  })
  test('says when a token has expired, also one that it has let pass before', async () => {
    const answer = await tell(plain.port, '/', bearer(tokens.IdToken))
    assert.equal(answer.status, 200)
    server.world.clock.advance(3_700_000)
    const late = await tell(plain.port, '/', bearer(tokens.IdToken))
    assert.deepEqual([late.status, late.text], [401, '{"message":"The incoming token has expired"}'])
    server.world.clock.advance(-3_700_000)
  })
  test('case 23: honours a sign-out at once only where it is told to, as AWS cannot', async () => {
    const check: Actions[number] = { type: 'cognito-user-pools', providerARNs: [arnOf(pool)], checkRevocation: true }
    const strict = await openProxy([{ actions: [check, forward] }])
    await addUser(server, pool, 'bob')
    const { IdToken } = await tokensOf(server, pool, 'bob')
    assert.equal((await tell(strict.port, '/', bearer(IdToken))).status, 200)
    await server.clients.idp.send(new AdminUserGlobalSignOutCommand({ UserPoolId: pool.id, Username: 'bob' }))
    assert.equal((await tell(strict.port, '/', bearer(IdToken))).status, 401)
    assert.equal((await tell(plain.port, '/', bearer(IdToken))).status, 200)
  })
})

describe('the JWT authorizer of HTTP APIs', () => {
  let proxy: TestProxy
  let scopedProxy: TestProxy
  before(async () => {
    const JwtConfiguration = { Issuer: issuer(), Audience: [pool.clientId] }
    proxy = await openProxy([{ actions: [{ type: 'jwt', JwtConfiguration }, forward] }])
    scopedProxy = await openProxy([
      {
        path: '/q',
        actions: [{ type: 'jwt', JwtConfiguration, IdentitySource: ['$request.querystring.token'] }, forward],
      },
      { actions: [{ type: 'jwt', JwtConfiguration, AuthorizationScopes: ['photos/read', 'photos/write'] }, forward] },
    ])
  })

  test('takes ID tokens by their audience and access tokens by their client', async () => {
    assert.equal((await tell(proxy.port, '/', bearer(tokens.IdToken))).status, 200)
    assert.equal((await tell(proxy.port, '/', bearer(tokens.AccessToken))).status, 200)
    assert.equal((await tell(scopedProxy.port, `/q?token=${tokens.IdToken}`)).status, 200)
  })
  test('refuses in its own words', async () => {
    const told = (description: string) => `Bearer scope="" error="invalid_token" error_description="${description}"`
    const body = '{"message":"Unauthorized"}'
    assert.deepEqual(brief(await tell(proxy.port, '/')), [401, body, 'Bearer'])
    assert.deepEqual(brief(await tell(proxy.port, '/', bearer('nonsense'))), [
      ...[401, body],
      told('token contains an invalid number of segments'),
    ])
    const foreign = await tokensOf(server, other, 'ann')
    assert.equal((await tell(proxy.port, '/', bearer(foreign.IdToken))).status, 401)
    const nobody = await openProxy([
      { actions: [{ type: 'jwt', JwtConfiguration: { Issuer: issuer(), Audience: ['another'] } }, forward] },
    ])
    assert.deepEqual(brief(await tell(nobody.port, '/', bearer(tokens.IdToken))), [
      ...[401, body],
      told('the token does not have a valid audience'),
    ])
  })
  test('answers 403 and names the scopes where the token has none of them', async () => {
    const { status, text, headers } = await tell(scopedProxy.port, '/', bearer(tokens.AccessToken))
    assert.deepEqual([status, text], [403, '{"message":"Forbidden"}'])
    assert.match(String(headers['www-authenticate']), /scope="photos\/read photos\/write" error="insufficient_scope"/)
  })

  describe('of another issuer', () => {
    let foreign: Server
    let base = ''
    let asked = 0
    const keys: Awaited<ReturnType<typeof generateKeyPair>>[] = []
    const make = async (key: number, claims: object = {}, alg = 'RS256') =>
      new SignJWT({ scope: 'read write', roles: ['a', 'b'], admin: true, address: { formatted: 'Main St' }, ...claims })
        .setProtectedHeader({ alg, kid: `key-${key}` })
        .setIssuer(base)
        .setAudience(['api', 'web'])
        .setSubject('ü-1')
        .setIssuedAt(Math.floor(server.world.now() / 1000))
        .setExpirationTime(Math.floor(server.world.now() / 1000) + 600)
        .sign(keys[key]?.privateKey ?? assert.fail())
    before(async () => {
      keys.push(await generateKeyPair('RS256'), await generateKeyPair('ES256'), await generateKeyPair('RS256'))
      foreign = createServer(async (request, response) => {
        asked++
        const published = await Promise.all(
          keys.slice(0, 2).map(async ({ publicKey }, at) => ({ ...(await exportJWK(publicKey)), kid: `key-${at}` })),
        )
        response.setHeader('content-type', 'application/json')
        response.end(
          JSON.stringify(request.url === '/jwks' ? { keys: published } : { issuer: base, jwks_uri: `${base}/jwks` }),
        )
      }).listen(0)
      base = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`
    })
    after(() => foreign.close())

    test('is believed by its published keys, asked once for many requests; claims are flat texts', async () => {
      const api = await openProxy([
        {
          actions: [
            { type: 'jwt', JwtConfiguration: { Issuer: base, Audience: ['api'] }, AuthorizationScopes: ['read'] },
            forward,
          ],
        },
      ])
      const token = await make(0)
      const answers = await Promise.all(Array.from({ length: 10 }, () => tell(api.port, '/', bearer(token))))
      assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
      assert.equal(asked, 2)
      const claims = JSON.parse(lastSeen().headers['x-poolhouse-claims'] ?? '')
      assert.deepEqual(
        [claims.aud, claims.roles, claims.admin, claims.sub, claims.address],
        ['[api web]', '[a b]', 'true', 'ü-1', '{"formatted":"Main St"}'],
      )
      assert.equal(lastSeen().headers['x-poolhouse-scopes'], 'read write')
      assert.equal(lastSeen().headers['x-user-sub'], '%C3%BC-1')
    })
    test('is refused with another algorithm than RSA, an unknown key, a time to come, another issuer', async () => {
      const api = await openProxy([
        { actions: [{ type: 'jwt', JwtConfiguration: { Issuer: base, Audience: ['api'] } }, forward] },
      ])
      const soon = Math.floor(server.world.now() / 1000) + 500
      for (const token of [
        await make(1, {}, 'ES256'),
        await make(2),
        await make(0, { nbf: soon }),
        bent(await make(0), { admin: false }),
        tokens.IdToken,
      ])
        assert.equal((await tell(api.port, '/', bearer(token))).status, 401)
    })
    test('that cannot be asked lets nobody in', async () => {
      const api = await openProxy([
        { actions: [{ type: 'jwt', JwtConfiguration: { Issuer: 'http://127.0.0.1:9', Audience: ['api'] } }, forward] },
      ])
      const token = bent(await make(0), { iss: 'http://127.0.0.1:9' })
      assert.equal((await tell(api.port, '/', bearer(token))).status, 401)
    })
  })
})

describe('servers behind an authorizer', () => {
  test('of Express read the event as AWS samples for aws-serverless-express do', async () => {
    const app = express().get('/items/:id', (request, response) => {
      const { requestContext, pathParameters } = JSON.parse(decodeURIComponent(request.get('x-apigateway-event') ?? ''))
      response.json({ claims: requestContext.authorizer.claims['cognito:username'], id: pathParameters.id })
    })
    const listening = app.listen(0)
    const proxy = await openProxy(
      [
        {
          path: '/items/{id}',
          actions: [
            { type: 'cognito-user-pools', providerARNs: [arnOf(pool)] },
            { type: 'forward', upstream: 'app', event: '1.0' },
          ],
        },
      ],
      `http://127.0.0.1:${(listening.address() as AddressInfo).port}`,
    )
    const { text } = await tell(proxy.port, '/items/7', bearer(tokens.IdToken))
    assert.equal(text, '{"claims":"ann","id":"7"}')
    listening.close()
  })
  test('of Express and of Fastify read the claims', async () => {
    const app = express().get('/me', (request, response) => {
      response.json({ hello: JSON.parse(request.get('x-poolhouse-claims') ?? '{}')['cognito:username'] })
    })
    const fast = fastify()
    fast.get('/me', async ({ headers }) => ({
      hello: JSON.parse(String(headers['x-poolhouse-claims'])).email ?? headers['x-user-sub'],
    }))
    const listening = app.listen(0)
    await fast.listen({ port: 0, host: '127.0.0.1' })
    const urls = [listening, fast.server].map((one) => `http://127.0.0.1:${(one.address() as AddressInfo).port}`)
    const proxy = await startTestProxy(server.world, {
      upstreams: { express: { targets: [urls[0] ?? ''] }, fastify: { targets: [urls[1] ?? ''] } },
      routes: [
        {
          host: 'a.example',
          actions: [
            { type: 'cognito-user-pools', providerARNs: [arnOf(pool)] },
            { ...forward, upstream: 'express' },
          ],
        },
        {
          actions: [
            { type: 'jwt', JwtConfiguration: { Issuer: issuer(), Audience: [pool.clientId] } },
            { ...forward, upstream: 'fastify' },
          ],
        },
      ],
    } as Partial<ProxySettings>)
    proxies.push(proxy)
    const authorization = `Bearer ${tokens.IdToken}`
    const one = await tell(proxy.port, '/me', { headers: { host: 'a.example', authorization } })
    assert.deepEqual([one.status, one.text], [200, '{"hello":"ann"}'])
    const two = await tell(proxy.port, '/me', { headers: { host: 'b.example', authorization } })
    const { sub } = JSON.parse(Buffer.from(tokens.IdToken.split('.')[1] ?? '', 'base64url').toString())
    assert.deepEqual([two.status, two.text], [200, JSON.stringify({ hello: sub })])
    listening.close()
    await fast.close()
  })
})

describe('functions behind an authorizer', () => {
  const arn = 'arn:aws:lambda:us-east-1:000000000000:function:api'
  let proxy: TestProxy
  before(async () => {
    proxy = await openProxy([
      {
        path: '/one/{id}/{rest+}',
        methods: ['POST'],
        api: { id: 'abc123', stage: 'prod' },
        actions: [
          { type: 'cognito-user-pools', providerARNs: [arnOf(pool)] },
          { type: 'function', arn },
        ],
      },
      {
        path: '/two/{id}',
        actions: [
          { type: 'jwt', JwtConfiguration: { Issuer: issuer(), Audience: [pool.clientId] } },
          { type: 'function', arn },
        ],
      },
      { path: '/many', actions: [{ type: 'function', arn, payload: '1.0' }] },
      { host: 'one.example', actions: [{ type: 'function', arn, payload: '1.0', timeoutMs: 500 }] },
      { actions: [{ type: 'function', arn, timeoutMs: 500 }] },
    ])
  })

  test('are given payload 1.0 as REST APIs have it', async () => {
    const { text } = await tell(proxy.port, '/one/7/a%20b/c?x=1&x=2&y=%C3%BC', {
      method: 'POST',
      body: '{"a":1}',
      headers: { ...bearer(tokens.IdToken).headers, 'Content-Type': 'application/json', 'X-Amzn-Oidc-Data': 'forged' },
    })
    const event = JSON.parse(text) as APIGatewayProxyEvent
    assert.deepEqual(Object.keys(event).sort(), [
      ...['body', 'headers', 'httpMethod', 'isBase64Encoded', 'multiValueHeaders', 'multiValueQueryStringParameters'],
      ...['path', 'pathParameters', 'queryStringParameters', 'requestContext', 'resource', 'stageVariables'],
    ])
    assert.deepEqual([event.resource, event.path, event.httpMethod], ['/one/{id}/{rest+}', '/one/7/a%20b/c', 'POST'])
    assert.deepEqual(event.pathParameters, { id: '7', rest: 'a b/c' })
    assert.deepEqual(event.queryStringParameters, { x: '2', y: 'ü' })
    assert.deepEqual(event.multiValueQueryStringParameters, { x: ['1', '2'], y: ['ü'] })
    assert.deepEqual([event.body, event.isBase64Encoded, event.stageVariables], ['{"a":1}', false, null])
    assert.equal(event.headers['Content-Type'], 'application/json')
    assert.equal(event.headers['X-Amzn-Oidc-Data'], undefined)
    assert.deepEqual(event.multiValueHeaders['X-Forwarded-Proto'], ['http'])
    const { requestContext: context } = event
    assert.equal(context.authorizer?.['claims']['cognito:username'], 'ann')
    assert.deepEqual([context.apiId, context.stage, context.accountId], ['abc123', 'prod', '000000000000'])
    assert.deepEqual(
      [context.resourcePath, context.httpMethod, context.protocol],
      ['/one/{id}/{rest+}', 'POST', 'HTTP/1.1'],
    )
    assert.match(context.requestTime ?? '', /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/)
    assert.deepEqual([context.identity.sourceIp, context.identity.userArn], ['127.0.0.1', null])
  })

  test('are given payload 2.0 as HTTP APIs have it', async () => {
    const { text } = await tell(proxy.port, '/two/7?x=1&x=2&y=a%20b', {
      method: 'PUT',
      body: '\x00\x01',
      headers: {
        ...bearer(tokens.AccessToken).headers,
        cookie: 'a=1; b=2',
        'content-type': 'image/png',
        'X-Two': 'Yes',
      },
    })
    const event = JSON.parse(text) as APIGatewayProxyEventV2WithJWTAuthorizer
    assert.deepEqual(
      [event.version, event.routeKey, event.rawPath, event.rawQueryString],
      ['2.0', 'ANY /two/{id}', '/two/7', 'x=1&x=2&y=a%20b'],
    )
    assert.deepEqual(event.cookies, ['a=1', 'b=2'])
    assert.equal(event.headers['cookie'], undefined)
    assert.equal(event.headers['x-two'], 'Yes')
    assert.deepEqual(event.queryStringParameters, { x: '1,2', y: 'a b' })
    assert.deepEqual(event.pathParameters, { id: '7' })
    assert.deepEqual([event.body, event.isBase64Encoded], ['AAE=', true])
    const { authorizer, http, stage, routeKey } = event.requestContext
    assert.equal(authorizer.jwt.claims['client_id'], pool.clientId)
    assert.equal(authorizer.jwt.claims['username'], 'ann')
    assert.equal(authorizer.jwt.scopes, null)
    assert.match(String(authorizer.jwt.claims['exp']), /^\d{10}$/)
    assert.deepEqual(
      [http.method, http.path, http.sourceIp, stage, routeKey],
      ['PUT', '/two/7', '127.0.0.1', '$default', 'ANY /two/{id}'],
    )
  })

  test('answer with status, headers and cookies; what would break a head is left out', async () => {
    const made = await tell(proxy.port, '/cookies')
    assert.deepEqual([made.status, made.text, made.headers['x-one']], [201, 'made', '1'])
    assert.deepEqual(made.cookies, ['a=1', 'b=2; Path=/'])
    assert.equal(made.headers['x-bad'], undefined)
    const many = await tell(proxy.port, '/many')
    assert.deepEqual([many.text, many.headers['x-two']], ['\x00\x01\x02', 'a, b'])
    assert.deepEqual(many.cookies, ['c=3', 'd=4'])
  })
  test('of payload 2.0 may answer with any JSON', async () => {
    const object = await tell(proxy.port, '/plain')
    assert.deepEqual(
      [object.status, object.text, object.headers['content-type']],
      [200, '{"some":"object"}', 'application/json'],
    )
    assert.equal((await tell(proxy.port, '/text')).text, 'just text')
  })
  test('that fail are told as API Gateway tells them, and nothing of theirs', async () => {
    const of = async (path: string, host: string) => {
      const { status, text } = await tell(proxy.port, path, { headers: { host } })
      return [status, JSON.parse(text).message]
    }
    assert.deepEqual(await of('/throws', 'two.example'), [500, 'Internal Server Error'])
    assert.deepEqual(await of('/throws', 'one.example'), [502, 'Internal server error'])
    assert.deepEqual(await of('/malformed', 'two.example'), [500, 'Internal Server Error'])
    assert.deepEqual(await of('/plain', 'one.example'), [502, 'Internal server error'])
    assert.deepEqual(await of('/slow', 'two.example'), [503, 'Service Unavailable'])
    assert.deepEqual(await of('/slow', 'one.example'), [504, 'Endpoint request timed out'])
  })
})

test('pools, clients and domains that a file names and that are not there are told when it is read, with the fix', async () => {
  const said: string[] = []
  const log = pino({ level: 'warn' }, { write: (line) => said.push((JSON.parse(line) as { msg: string }).msg) })
  const arnOf = (id: string, account = '000000000000') => `arn:aws:cognito-idp:us-east-1:${account}:userpool/${id}`
  const forms = { type: 'fixed-response', status: 200 } as const
  const signIn = {
    ...({ type: 'authenticate-cognito', UserPoolDomain: 'nowhere' } as const),
    ...{ UserPoolArn: arnOf(pool.id), UserPoolClientId: 'nobody' },
  }
  const jwt = (Issuer: string) => ({ type: 'jwt', JwtConfiguration: { Issuer, Audience: ['a'] } }) as const
  const issuer = `${server.world.settings.issuer}/${pool.id}`
  const proxy = await startTestProxy(
    { ...server.world, log },
    {
      routes: [
        {
          path: '/a',
          actions: [
            {
              type: 'cognito-user-pools',
              providerARNs: [arnOf(pool.id), arnOf('us-east-1_none'), arnOf('us-east-1_theirs', '111122223333')],
            },
            forms,
          ],
        },
        { path: '/b', actions: [signIn, forms] },
        {
          path: '/c',
          actions: [jwt(issuer), jwt(`${issuer}none`), jwt('https://issuer.example/us-east-1_none'), forms],
        },
      ],
    },
  )
  proxies.push(proxy)
  const expected = [
    "routes[0].actions[0].providerARNs: there is no user pool us-east-1_none here, so that it is taken for one of AWS's. Make it, or correct the ARN.",
    `routes[1].actions[0].UserPoolClientId: the user pool ${pool.id} has no client nobody. Make it, or correct the name.`,
    `routes[1].actions[0].UserPoolDomain: the user pool ${pool.id} has no domain nowhere. Make it, or correct the name.`,
    `routes[2].actions[1].JwtConfiguration.Issuer: there is no user pool ${pool.id}none. Make it, or correct the issuer.`,
  ]
  assert.deepEqual(said, expected)
  await proxy.reload()
  assert.deepEqual(said, [...expected, ...expected])
})

describe('IAM authorisation', () => {
  let proxy: TestProxy
  before(async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:api'
    proxy = await openProxy([
      { path: '/event', api: { id: 'photos', stage: 'prod' }, actions: [{ type: 'iam' }, { type: 'function', arn }] },
      { api: { id: 'photos', stage: 'prod' }, actions: [{ type: 'iam' }, { type: 'forward', upstream: 'app' }] },
    ])
  })

  async function signed(
    keys: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
    path: string,
    body = '',
    service = 'execute-api',
  ) {
    const signer = new SignatureV4({ credentials: keys, region: 'us-east-1', service, sha256: Sha256 })
    const host = `localhost:${proxy.port}`
    const { headers } = await signer.sign(
      {
        protocol: 'http:',
        hostname: 'localhost',
        port: proxy.port,
        path,
        query: {},
        method: 'POST',
        headers: { host },
        body,
      },
      { signingDate: new Date(server.world.now()) },
    )
    return { method: 'POST', headers, body }
  }
  const root = { accessKeyId: 'test', secretAccessKey: 'test' }

  test('lets pass what is signed and allowed, with its body whole', async () => {
    const answer = await tell(proxy.port, '/items', await signed(root, '/items', '{"a":1}'))
    assert.equal(answer.status, 200, answer.text)
    assert.equal(lastSeen().body, '{"a":1}')
    assert.match(lastSeen().headers['x-poolhouse-caller'] ?? '', /arn:aws:iam::000000000000:root/)
  })
  test('refuses without a signature, with a wrong one, for another service, and with another body', async () => {
    const bare = await tell(proxy.port, '/items')
    assert.deepEqual([bare.status, bare.text], [403, '{"message":"Missing Authentication Token"}'])
    assert.equal(bare.headers['x-amzn-errortype'], 'MissingAuthenticationTokenException')
    const before = upstream.seen.length
    for (const wrong of [
      await signed({ ...root, secretAccessKey: 'guess' }, '/items'),
      await signed({ ...root, accessKeyId: 'AKIANOBODY' }, '/items'),
      await signed(root, '/items', '', 's3'),
      { ...(await signed(root, '/items', 'one')), body: 'two' },
      await signed(root, '/other'),
    ])
      assert.equal((await tell(proxy.port, '/items', wrong)).status, 403)
    assert.equal(upstream.seen.length, before)
  })
  test('refuses what policy does not allow, by method and path, in a sentence', async () => {
    const resource = 'arn:aws:execute-api:us-east-1:000000000000:photos/prod/POST/items'
    const role = await makeRole(server.clients, 'caller', {
      policy: allowing('execute-api:Invoke', [resource, resource.replace('items', 'event')]),
    })
    const { keys } = await assume(server, server.clients, role)
    assert.equal((await tell(proxy.port, '/items', await signed(keys, '/items'))).status, 200)
    const denied = await tell(proxy.port, '/others', await signed(keys, '/others'))
    assert.equal(denied.status, 403)
    assert.equal(
      JSON.parse(denied.text).Message,
      `User: arn:aws:sts::000000000000:assumed-role/caller/me is not authorized to perform: execute-api:Invoke on resource: arn:aws:execute-api:us-east-1:********0000:photos/prod/POST/others because no identity-based policy allows the execute-api:Invoke action`,
    )
    const { text } = await tell(proxy.port, '/event', await signed(keys, '/event'))
    const { identity } = (JSON.parse(text) as APIGatewayProxyEvent).requestContext
    assert.equal(identity.userArn, 'arn:aws:sts::000000000000:assumed-role/caller/me')
    assert.equal(identity.accessKey, keys.accessKeyId)
  })
  test('a slash at the end, which many servers leave out of account, leads past no denial', async () => {
    const arn = 'arn:aws:execute-api:us-east-1:000000000000:photos/prod/POST'
    const statement = (Effect: string, rest: string) => ({
      Effect,
      Action: 'execute-api:*',
      Resource: `${arn}/${rest}`,
    })
    const policy = document(statement('Allow', '*'), statement('Deny', 'items'))
    const { keys } = await assume(server, server.clients, await makeRole(server.clients, 'slashes', { policy }))
    assert.equal((await tell(proxy.port, '/items', await signed(keys, '/items'))).status, 403)
    assert.equal((await tell(proxy.port, '/items/', await signed(keys, '/items/'))).status, 403)
    assert.equal((await tell(proxy.port, '/others/', await signed(keys, '/others/'))).status, 200)
  })
  test('believes signatures over HTTP/2 that name the host as it does', async () => {
    const { files, cert } = await makeCertificate('localhost')
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:api'
    const secure = await startTestProxy(server.world, {
      listeners: [{ host: '127.0.0.1', port: 0, tls: files }],
      routes: [{ actions: [{ type: 'iam' }, { type: 'function', arn }] }],
    })
    proxies.push(secure)
    const host = `localhost:${secure.port}`
    const session = connectHttp2(`https://${host}`, { ca: cert })
    const ask = async (name: string, value: string) => {
      const signer = new SignatureV4({ credentials: root, region: 'us-east-1', service: 'execute-api', sha256: Sha256 })
      const { headers } = await signer.sign(
        {
          protocol: 'https:',
          hostname: 'localhost',
          path: '/items',
          query: {},
          method: 'GET',
          headers: { [name]: value },
        },
        { signingDate: new Date(server.world.now()) },
      )
      const { host: _, ':authority': __, ...sent } = headers
      const stream = session.request({ ...sent, ':path': '/items', ':authority': host })
      const [{ ':status': status }] = await once(stream, 'response')
      return [status, await text(stream)] as const
    }
    const [status, event] = await ask(':authority', host)
    assert.equal(status, 200)
    const { headers } = JSON.parse(event) as APIGatewayProxyEvent
    assert.deepEqual([headers['Host'], headers[':authority']], [host, undefined])
    assert.equal((await ask('host', host))[0], 200)
    assert.equal((await ask(':authority', 'localhost:1'))[0], 403)
    session.close()
  })
  test('answers that the service is unavailable while the database is', async () => {
    const db = await openSqlite(':memory:')
    await db.close()
    const api = { id: 'photos', stage: 'prod' }
    const away = await startTestProxy(
      { ...server.world, db },
      { upstreams: { app: { targets: [upstream.url] } }, routes: [{ api, actions: [{ type: 'iam' }, forward] }] },
    )
    proxies.push(away)
    const keys = { accessKeyId: `AKIA${'A'.repeat(16)}`, secretAccessKey: 'x' }
    const answer = await tell(away.port, '/items', await signed(keys, '/items'))
    assert.deepEqual([answer.status, answer.text], [503, '{"message":"Service Unavailable"}'])
  })
  test('is seen in when the key of a user was used last', async () => {
    const { iam } = server.clients
    await iam.send(new CreateUserCommand({ UserName: 'ApiUser' }))
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: 'ApiUser' }))
    const keys = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' }
    assert.equal((await tell(proxy.port, '/items', await signed(keys, '/items'))).status, 403)
    const { AccessKeyLastUsed } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: keys.accessKeyId }))
    assert.equal(AccessKeyLastUsed?.ServiceName, 'execute-api')
  })
})
