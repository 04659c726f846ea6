/** Case 28: every route of the product, asked in every wrong way: it answers, and never by a fault of its own. */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type HostedPool, makeHosted, requestOf } from '../support/hosted.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: HostedPool
before(async () => {
  server = await startTestServer()
  pool = await makeHosted(server)
})
after(() => server.close())

/** All that is said to these bytes until the connection ends. */
const say = (bytes: string) =>
  new Promise<string>((resolve) => {
    const socket = connect(Number(new URL(server.endpoint).port), '127.0.0.1')
    let heard = ''
    socket.setEncoding('latin1')
    socket.on('data', (text) => (heard += text))
    socket.on('close', () => resolve(heard))
    socket.on('error', () => {})
    socket.setTimeout(60_000, () => socket.destroy())
    socket.write(bytes, 'latin1')
  })

const methods = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'PROPFIND']

const headers = [
  '',
  ...['Authorization: x', 'Authorization: Bearer', 'Authorization: Basic Og==', 'Authorization: AWS4-HMAC-SHA256 '],
  'Authorization: AWS4-HMAC-SHA256 Credential=a/b/c/cognito-sync/e, SignedHeaders=host, Signature=x',
  'Authorization: AWS4-HMAC-SHA256 Credential=%ff/b/c/s3/aws4_request, SignedHeaders=, Signature=',
  ...['X-Amz-Target: ', 'X-Amz-Target: AWSCognitoIdentityProviderService.__proto__', 'X-Amz-Target: x.y.z'],
  'X-Amz-Target: AWSCognitoIdentityProviderService.constructor',
  ...['Content-Type: application/x-www-form-urlencoded', 'Content-Type: \xff', 'Cookie: =;;a;cognito=%ff;XSRF-TOKEN="'],
  ...['Host: ', 'Host: \xff', 'Host: .auth.localhost', 'Host: x.auth.localhost', 'Host: [::1', 'Host: a:b:c'],
  ...[
    '__proto__: x',
    'constructor: x',
    'X-Forwarded-For: ,,x',
    'Origin: \xff',
    'Range: bytes=\xff',
    'Accept: text/html',
  ],
  ...['Access-Control-Request-Headers: \xff\x80', 'DPoP: a.b.c', 'Expect: 100-continue', 'Accept-Language: \xff;q=x'],
  'Upgrade: websocket',
]

const bodies = ['', '%', '{', '[]', 'a=%ff&a=1', '<a>', '\xff\xfe', 'null', `{"a":${'['.repeat(2_000)}`]

const queries = [
  '',
  '%',
  '&&==',
  'a=%ff',
  'state=%00',
  'X-Amz-Signature=x',
  'X-Amz-Credential=%ff',
  '__proto__=1',
  'lang=x',
]

const server5xx = /^HTTP\/1\.1 5/

/** A clear answer; that something is not implemented is one. */
function check(heard: string, asked: string): void {
  assert.match(heard, /^HTTP\/1\.1 [1-5]\d\d /, asked)
  if (server5xx.test(heard)) assert.match(heard, /^HTTP\/1\.1 501 /, asked)
  assert.doesNotMatch(heard, /\.ts:\d|node:internal|node_modules/, asked)
}

async function throwAt(path: string): Promise<void> {
  for (const method of methods) {
    const asked: string[] = []
    for (const header of headers) {
      const host = header.startsWith('Host:') ? '' : 'Host: localhost\r\n'
      asked.push(`${method} ${path} HTTP/1.1\r\n${host}${header}${header && '\r\n'}Connection: close\r\n\r\n`)
    }
    for (const query of queries) {
      const mark = path.includes('?') ? '&' : '?'
      asked.push(`${method} ${path}${mark}${query} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    }
    for (const type of ['application/x-www-form-urlencoded', 'application/json', 'text/xml'])
      for (const body of bodies)
        asked.push(
          `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
        )
    const heard = await Promise.all(asked.map(say))
    for (const [at, answer] of heard.entries()) check(answer, asked[at]?.slice(0, 300) ?? '')
  }
}

const uuid = '01234567-89ab-4cde-8f01-23456789abcd'
const own = [
  ...['/', '/healthz', '/readyz', '/confirmUser', '/feedback', '/imports', '/imports/us-east-1_x/import-abc'],
  ...[
    '/mailbox',
    '/mailbox/messages',
    '/demo',
    '/demo/config.json',
    '/demo/__proto__',
    `/public-keys/us-east-1/${uuid}`,
  ],
  ...['/cognito-identity/.well-known/jwks_uri', '/us-east-1_abc/.well-known/jwks.json', '/sync-payloads/x'],
  ...[`/sts/${'0'.repeat(32)}/.well-known/jwks.json`, '/poolhouse/explain', '/2015-03-31/functions/%ff/invocations'],
  ...['/poolhouse/user-pools/us-east-1_a/clients/abc/oauth-extensions', '/_aws/execute-api/a/%2e%2e/b'],
  ...['/bucket/key', '/bucket?acl', '/%', '/%00', '/..', '//', '/a//b', '/\x80\xff', '/__proto__', '/bucket/__proto__'],
  ...['*', 'http://evil.example/', 'http://[', '/domains/nobody/login', '/domains/__proto__/login'],
]

describe('case 28: garbage at', () => {
  for (const path of own) test(JSON.stringify(path), () => throwAt(path))

  const hosted = [
    ...['/login', '/mfa', '/signup', '/confirm', '/resendcode', '/forgotPassword', '/confirmforgotPassword'],
    ...['/passkeys/add', '/account', '/device', '/device/confirm', '/signedout', '/error', '/assets/image'],
    ...[
      '/oauth2/authorize',
      '/oauth2/token',
      '/oauth2/userInfo',
      '/oauth2/revoke',
      '/oauth2/idpresponse',
      '/oauth2/par',
    ],
    ...['/oauth2/device_authorization', '/oauth2/introspect', '/logout', '/saml2/idpresponse', '/saml2/logout'],
    '/saml2/metadata',
  ]
  for (const path of hosted)
    test(`the hosted ${path}, with and without a request of an app`, async () => {
      await throwAt(`/domains/${pool.domain}${path}`)
      await throwAt(`/domains/${pool.domain}${path}?${requestOf(pool)}`)
    })
})
