/** Attacks on the proxy: requests that two servers read in two ways, headers that only we may send, paths that rules do not see. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { fitsGlob, plainPath } from '../../src/gateway/proxy/match.ts'
import { makeCertificate } from '../support/certificate.ts'
import { block, endHeaders, frame, number, request, speakFrames } from '../support/http2-frames.ts'
import { say, startTestProxy, startUpstream, type TestProxy, tell } from '../support/proxy.ts'
import { type TestWorld, testWorld } from '../support/world.ts'

let world: TestWorld
let upstream: Awaited<ReturnType<typeof startUpstream>>
let proxy: TestProxy
before(async () => {
  world = await testWorld()
  upstream = await startUpstream()
  proxy = await startTestProxy(world, {
    upstreams: { app: { targets: [upstream.url] } },
    routes: [
      { path: '/admin', actions: [{ type: 'fixed-response', status: 403, body: 'kept' }] },
      { path: '/admin/*', actions: [{ type: 'fixed-response', status: 403, body: 'kept' }] },
      {
        path: '/mapped',
        actions: [
          { type: 'jwt', JwtConfiguration: { Issuer: 'http://nobody.example', Audience: ['x'] } },
          { type: 'forward', upstream: 'app', headers: { 'x-user-sub': '$context.authorizer.claims.sub' } },
        ],
      },
      { actions: [{ type: 'forward', upstream: 'app' }] },
    ],
  })
})
after(async () => {
  await proxy?.close()
  await upstream?.close()
  await world?.close()
})

const lastSeen = () => upstream.seen.at(-1) ?? assert.fail('nothing arrived')

/** What the proxy says first, and what reached the upstream. */
async function smuggle(bytes: string) {
  const before = upstream.seen.length
  const heard = await say(proxy.port, bytes, /\r\n\r\n/)
  return { status: Number(heard.slice(9, 12)), arrived: upstream.seen.slice(before) }
}

test('case 83: no TRACE shows anybody what the application behind is told', async () => {
  const before = upstream.seen.length
  assert.equal((await tell(proxy.port, '/any', { method: 'TRACE' })).status, 405)
  assert.equal(upstream.seen.length, before)
})

describe('case 83: request smuggling', () => {
  const ambiguous: Record<string, string> = {
    'a length and chunks':
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
    'two lengths':
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n',
    'a list of lengths': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\nabcd',
    'a signed length': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\nabcd',
    'another coding before chunked': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'two codings':
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n',
    'a coding nobody knows': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
    'a blank before the colon': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
    'chunks in HTTP/1.0': 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'a folded header': 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n Transfer-Encoding: chunked\r\n\r\n',
    'a bare line feed': 'GET / HTTP/1.1\nHost: a\n\n',
    'a bare carriage return': 'GET / HTTP/1.1\r\nHost: a\r\nX: a\rTransfer-Encoding: chunked\r\n\r\n',
    'a NUL': 'GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n',
    'a chunk size in another notation':
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\nx\r\n0\r\n\r\n',
    'an absolute target': 'GET http://evil.example/admin HTTP/1.1\r\nHost: a\r\n\r\n',
    'two hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'no host': 'GET / HTTP/1.1\r\n\r\n',
    'a host that is a path': 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
    'a host with a user': 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n',
    'a fragment': 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n',
    'an asterisk': 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
    'a tunnel': 'CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n',
  }
  for (const [name, bytes] of Object.entries(ambiguous))
    test(`${name} is refused, and nothing of it arrives`, async () => {
      const { status, arrived } = await smuggle(bytes)
      assert.ok([400, 405].includes(status), `${status}`)
      assert.deepEqual(
        arrived.filter(({ url }) => url !== '/'),
        [],
      )
      if (!name.includes('chunk size')) assert.deepEqual(arrived, [])
    })

  test('a body never becomes a request: chunks are written anew with what they held and nothing more', async () => {
    const inner = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n'
    const chunk = `${inner.length.toString(16)};ext="\n"\r\n`.replace('\n', ' ')
    const { status, arrived } = await smuggle(
      `POST /outer HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunk}${inner}\r\n0\r\nX-Trailer: 1\r\n\r\n`,
    )
    assert.equal(status, 200)
    assert.deepEqual(
      arrived.map(({ url, body }) => [url, body]),
      [['/outer', inner]],
    )
  })

  test('headers that HTTP/1.1 would read as framing do not come in by HTTP/2', async () => {
    const { files, cert } = await makeCertificate('localhost')
    const secure = await startTestProxy(world, {
      listeners: [{ host: '127.0.0.1', port: 0, tls: files }],
      upstreams: { app: { targets: [upstream.url] } },
      routes: [{ actions: [{ type: 'forward', upstream: 'app' }] }],
    })
    /** The status, or nothing where stream or connection is cut. */
    const ask = async (headers: Record<string, string>, body = '') => {
      const session = connectHttp2(`https://localhost:${secure.port}`, { ca: cert })
      const stream = session.request({ ':path': '/h2', ':method': 'POST', ...headers })
      const cut = new Promise<undefined>((resolve) => {
        session.on('error', () => resolve(undefined))
        stream.on('error', () => resolve(undefined))
        stream.on('close', () => resolve(undefined))
      })
      const answered = once(stream, 'response').then(
        ([told]) => told[':status'] as number,
        () => undefined,
      )
      stream.end(body)
      const status = await Promise.race([answered, cut])
      session.destroy()
      return status
    }
    try {
      const before = upstream.seen.length
      assert.equal(await ask({ ':authority': 'a.example' }), 200)
      assert.notEqual(await ask({ ':authority': 'a.example', host: 'other.example' }), 200)
      assert.notEqual(await ask({ 'content-length': '3' }, 'longer than that'), 200)
      assert.equal(upstream.seen.length, before + 1)
    } finally {
      await secure.close()
    }
  })

  test('an upload that breaks off by HTTP/2 never arrives as a whole one, and a flood of pings is cut off', async () => {
    const { files, cert } = await makeCertificate('localhost')
    const secure = await startTestProxy(world, {
      listeners: [{ host: '127.0.0.1', port: 0, tls: files }],
      upstreams: { app: { targets: [upstream.url] } },
      routes: [{ actions: [{ type: 'forward', upstream: 'app' }] }],
    })
    try {
      const before = upstream.seen.length
      for (const code of [0, 2, 8]) {
        const peer = await speakFrames(secure.port, undefined, cert)
        const reached = once(upstream.server, 'request')
        peer.send(
          frame('headers', endHeaders, 1, block(...request('/half', 'POST'))),
          frame('data', 0, 1, Buffer.from('half')),
        )
        const [arriving] = await reached
        const gone = new Promise((resolve) => arriving.once('close', resolve))
        peer.send(frame('reset', 0, 1, number(code)))
        await gone
        peer.socket.destroy()
      }
      assert.equal(upstream.seen.length, before)
      const flooding = await speakFrames(secure.port, undefined, cert)
      flooding.send(...Array.from({ length: 2_000 }, () => frame('ping', 0, 0, Buffer.alloc(8))))
      assert.notEqual(await flooding.farewell(), 0)
    } finally {
      await secure.close()
    }
  })
})

describe('case 27: what only the proxy may say of a request', () => {
  const forged = {
    'x-amzn-oidc-data': 'forged',
    'x-amzn-oidc-identity': 'forged',
    'x-amzn-oidc-accesstoken': 'forged',
    X_Amzn_Oidc_Identity: 'forged',
    'x-poolhouse-claims': '{"sub":"forged"}',
    x_poolhouse_claims: 'forged',
    'x-apigateway-event': 'forged',
    'x-user-sub': 'forged',
    x_user_sub: 'forged',
    'x-forwarded-for': 'forged, 6.6.6.6',
    'x-forwarded-host': 'forged',
    'x-forwarded-proto': 'https',
    'x-real-ip': 'forged',
    'x-original-url': '/forged',
    'x-http-method': 'forged',
    'x-method-override': 'forged',
    'x.forwarded~for': 'forged',
    forwarded: 'for=forged',
    'proxy-authorization': 'forged',
  }

  test('is taken from what clients send, in every spelling', async () => {
    await tell(proxy.port, '/open', { headers: forged })
    assert.doesNotMatch(JSON.stringify(lastSeen().headers), /forged/)
    assert.equal(lastSeen().headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(lastSeen().headers['x-forwarded-proto'], 'http')
  })
  test('cannot be taken away by naming it a header of the connection', async () => {
    const headers = { connection: 'close, x-forwarded-for, host, traceparent' }
    await tell(proxy.port, '/open', { headers })
    assert.equal(lastSeen().headers['x-forwarded-for'], '127.0.0.1')
    assert.ok(lastSeen().headers['host'])
  })
  test('is believed of proxies that are named, for the address of the client', async () => {
    const trusting = await testWorld({ settings: { trustedProxies: ['127.0.0.1'] } })
    const behind = await startTestProxy(trusting, {
      upstreams: { app: { targets: [upstream.url] } },
      routes: [{ actions: [{ type: 'forward', upstream: 'app' }] }],
    })
    await tell(behind.port, '/', { headers: { 'x-forwarded-for': '6.6.6.6, 7.7.7.7', 'x-forwarded-proto': 'https' } })
    assert.equal(lastSeen().headers['x-forwarded-for'], '6.6.6.6, 7.7.7.7, 127.0.0.1')
    assert.equal(lastSeen().headers['x-forwarded-proto'], 'https')
    await behind.close()
    await trusting.close()
  })
  test('more than thirty addresses are refused with 463', async () => {
    const chain = (length: number) => ({ 'x-forwarded-for': new Array(length).fill('1.1.1.1').join(',') })
    assert.equal((await tell(proxy.port, '/', { headers: chain(31) })).status, 463)
    assert.equal((await tell(proxy.port, '/', { headers: chain(30) })).status, 200)
  })
})

describe('case 2: paths that a rule does not see and an upstream does', () => {
  const disguised = [
    '/public/../admin',
    '/public/%2e%2e/admin',
    '/public/%2E./admin',
    '/./admin',
    '/public/..;/admin',
    '/public/..%2fadmin',
    '/public%2f..%2fadmin',
    '/public/..%5cadmin',
    '/public\\..\\admin',
    '//admin',
    '/%2fadmin',
    '/admin%00',
    '/admin%0a',
    '/a%zz',
    '/admin\x7f',
    '/admin;x',
    '/admin;x=y/z',
    '/;x/admin',
    '/admin;',
  ]
  test('are refused', async () => {
    const before = upstream.seen.length
    for (const path of disguised) {
      const heard = await say(proxy.port, `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`, /\r\n\r\n/)
      assert.match(heard, /^HTTP\/1\.1 400 /, path)
    }
    assert.equal(upstream.seen.length, before)
  })
  test('are held against the rule where they mean the same', async () => {
    for (const path of ['/%61dmin', '/%61%64min/x', '/admin//x', '/admin/%78'])
      assert.equal((await tell(proxy.port, path)).status, 403, path)
  })
  test('honest escapes pass as they were sent', async () => {
    for (const path of [
      '/caf%C3%A9',
      '/a%20b',
      '/100%25',
      '/a.b',
      '/.well-known/x',
      '/a..b/...',
      '/a;b=c/d',
      '/a/;v=1',
    ]) {
      await tell(proxy.port, path)
      assert.equal(lastSeen().url, path)
    }
  })
  test('separators in disguise pass only where the listener says so, and their dots never', () => {
    assert.equal(plainPath('/a%2Fb', 'pass'), '/a%2Fb')
    assert.equal(plainPath('/a%2Fb'), undefined)
    assert.equal(plainPath('/a%2F..%2Fb', 'pass'), undefined)
    assert.equal(plainPath('/a%5c..%5cb', 'pass'), undefined)
  })
  test('a pattern of many stars takes no longer for a path made to fail it', () => {
    const began = process.cpuUsage().user
    assert.equal(fitsGlob('/*a*a*a*a*a*a*b', `/${'a'.repeat(20_000)}`), false)
    assert.ok(process.cpuUsage().user - began < 2_000_000)
  })
})

describe('case 83: slow and endless clients', () => {
  test('a head beyond 64 KB is refused, and one within is not', async () => {
    const filler = (size: number) => ({ cookie: 'a='.padEnd(size, 'x') })
    assert.equal((await tell(proxy.port, '/', { headers: filler(40_000) })).status, 200)
    const status = await tell(proxy.port, '/', { headers: filler(70_000) }).then(
      ({ status }) => status,
      () => 400,
    )
    assert.ok(status === 400 || status === 431, `${status}`)
  })
  test('a body that comes slowly holds nobody else up', async () => {
    const slow = connect(proxy.port, '127.0.0.1')
    slow.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nx')
    const others = await Promise.all(Array.from({ length: 20 }, () => tell(proxy.port, '/')))
    assert.ok(others.every(({ status }) => status === 200))
    slow.destroy()
  })
  test('a client that goes away in the middle of its body leaves nothing behind', async () => {
    for (let n = 0; n < 20; n++) {
      const gone = connect(proxy.port, '127.0.0.1')
      gone.write('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n')
      await once(gone, 'connect')
      gone.destroy()
    }
    assert.equal((await tell(proxy.port, '/', { method: 'POST', body: 'whole' })).status, 200)
    assert.equal(lastSeen().body, 'whole')
  })
})
