/** The proxy as a proxy: which route answers, what reaches the upstream, what comes back, and how it fails. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, request } from 'node:http'
import { connect as connectHttp2 } from 'node:http2'
import { request as askSecure, createServer as createSecure } from 'node:https'
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { makeCertificate } from '../support/certificate.ts'
import { say, startTestProxy, startUpstream, type TestProxy, tell, type Upstream } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import { type TestWorld, testWorld } from '../support/world.ts'

let world: TestWorld
let upstream: Upstream
let proxy: TestProxy
before(async () => {
  world = await testWorld()
  upstream = await startUpstream((_, response, { url }) => {
    if (url === '/headers') {
      response.setHeader('set-cookie', ['a=1', 'b=2'])
      response.setHeader('connection', 'x-private')
      response.setHeader('x-private', 'of this hop')
    }
    response.end(url)
  })
  proxy = await startTestProxy(world, {
    upstreams: { app: { targets: [upstream.url] } },
    routes: [
      { host: 'other.example', actions: [{ type: 'fixed-response', status: 418, body: 'other' }] },
      { host: '*.wild.example', actions: [{ type: 'fixed-response', status: 203, body: 'wild' }] },
      { path: '/items/{id}', methods: ['DELETE'], actions: [{ type: 'fixed-response', status: 405 }] },
      {
        path: '/old/*',
        actions: [{ type: 'redirect', location: 'https://new.example/#{path}?#{query}', status: 301 }],
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

describe('a route', () => {
  test('is the first whose host, path and method fit', async () => {
    const at = async (path: string, more: Parameters<typeof tell>[2] = {}) => {
      const { status, text } = await tell(proxy.port, path, more)
      return `${status} ${text}`
    }
    assert.equal(await at('/x', { headers: { host: 'other.example' } }), '418 other')
    assert.equal(await at('/x', { headers: { host: 'OTHER.example:81' } }), '418 other')
    assert.equal(await at('/x', { headers: { host: 'a.wild.example' } }), '203 wild')
    assert.equal(await at('/x', { headers: { host: 'wild.example' } }), '200 /x')
    assert.equal(await at('/items/7', { method: 'DELETE' }), '405 ')
    assert.equal(await at('/items/7'), '200 /items/7')
    assert.equal(await at('/items/7/more', { method: 'DELETE' }), '200 /items/7/more')
  })
  test('may redirect by keywords', async () => {
    const { status, headers } = await tell(proxy.port, '/old/a/b?c=d')
    assert.deepEqual([status, headers['location']], [301, 'https://new.example/old/a/b?c=d'])
  })
})

describe('an upstream', () => {
  test('gets method, path, query and body as they were sent, the host, and who asks', async () => {
    await tell(proxy.port, '/a%20b?x=1&x=%2F', { method: 'POST', body: 'hello', headers: { host: 'app.example' } })
    const { method, url, headers, body } = lastSeen()
    assert.deepEqual([method, url, body], ['POST', '/a%20b?x=1&x=%2F', 'hello'])
    assert.equal(headers['host'], 'app.example')
    assert.equal(headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(headers['x-forwarded-proto'], 'http')
    assert.equal(headers['x-forwarded-port'], '80')
    assert.match(headers['traceparent'] ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
  })
  test('gets a trace that goes on', async () => {
    const traceparent = `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-00`
    await tell(proxy.port, '/', { headers: { traceparent } })
    assert.equal(lastSeen().headers['traceparent'], traceparent)
    await tell(proxy.port, '/', { headers: { traceparent: 'no such thing' } })
    assert.match(lastSeen().headers['traceparent'] ?? '', /^00-/)
  })
  test('answers through us with every cookie, and without what is between it and us', async () => {
    const { cookies, headers } = await tell(proxy.port, '/headers')
    assert.deepEqual(cookies, ['a=1', 'b=2'])
    assert.equal(headers['x-private'], undefined)
  })
})

describe('streams', () => {
  test('go through both ways a piece at a time', async () => {
    const echo = createServer((incoming, response) => incoming.pipe(response)).listen(0)
    const { port } = echo.address() as AddressInfo
    await proxy.change({ upstreams: { app: { targets: [`http://127.0.0.1:${port}`] } } })
    try {
      const sent = request({ host: '127.0.0.1', port: proxy.port, method: 'POST', agent: false })
      sent.write('one')
      const [answer] = await once(sent, 'response')
      answer.setEncoding('utf8')
      assert.equal((await once(answer, 'data'))[0], 'one')
      sent.write('two')
      assert.equal((await once(answer, 'data'))[0], 'two')
      sent.end()
      await once(answer, 'end')
    } finally {
      await proxy.change({})
      echo.closeAllConnections()
      echo.close()
    }
  })
  test('do not pile up where the client does not read', async () => {
    let written = 0
    const flood = createServer((_, response) => {
      const piece = Buffer.alloc(65_536)
      const go = () => {
        for (;;) {
          written += piece.length
          if (written > 200_000_000) return response.end()
          if (!response.write(piece)) return response.once('drain', go)
        }
      }
      go()
    }).listen(0)
    await proxy.change({
      upstreams: { app: { targets: [`http://127.0.0.1:${(flood.address() as AddressInfo).port}`] } },
    })
    const client = connect(proxy.port, '127.0.0.1')
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(client, 'readable')
    // As long as something still moves, the pipes are filling.
    for (let before = -1; before !== written; ) {
      before = written
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    assert.ok(written < 50_000_000, `${written} bytes were taken for a client that reads none`)
    client.destroy()
    await proxy.change({})
    flood.closeAllConnections()
    flood.close()
  })
})

describe('an upload that waits to be asked for', () => {
  const bytes = (path: string, host = 'a') =>
    `POST ${path} HTTP/1.1\r\nhost: ${host}\r\nexpect: 100-continue\r\ncontent-length: 5\r\nconnection: close\r\n\r\n`
  test('is asked for when the upstream takes it, and refused before it is sent', async () => {
    const client = connect(proxy.port, '127.0.0.1')
    client.setEncoding('latin1')
    client.write(bytes('/up'))
    assert.match((await once(client, 'data'))[0], /^HTTP\/1\.1 100 Continue/)
    client.write('hello')
    assert.match((await once(client, 'data'))[0], /^HTTP\/1\.1 200 /)
    assert.equal(lastSeen().body, 'hello')
    assert.match(await say(proxy.port, bytes('/up', 'other.example')), /^HTTP\/1\.1 418 /)
  })
})

describe('failure', () => {
  const withTarget = async (target: string, more: object, act: () => Promise<void>) => {
    await proxy.change({ upstreams: { app: { targets: [target], ...more } } })
    try {
      await act()
    } finally {
      await proxy.change({})
    }
  }
  test('an upstream that nobody answers at is 502, and the page says no more', async () => {
    const closed = createSocketServer().listen(0)
    const { port } = closed.address() as AddressInfo
    closed.close()
    await withTarget(`http://127.0.0.1:${port}`, {}, async () => {
      const { status, text, headers } = await tell(proxy.port, '/')
      assert.deepEqual([status, headers['server']], [502, 'awselb/2.0'])
      assert.match(text, /<h1>502 Bad Gateway<\/h1>/)
      const upload = await tell(proxy.port, '/', { method: 'POST', body: 'x'.repeat(1_000) })
      assert.equal(upload.status, 502)
    })
  })
  test('an upstream that does not answer in time is 504', async () => {
    const silent = createServer(() => {}).listen(0)
    await withTarget(
      `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
      { responseTimeoutMs: 200 },
      async () => assert.equal((await tell(proxy.port, '/')).status, 504),
    )
    silent.closeAllConnections()
    silent.close()
  })
  test('an upstream that dies in the middle of an answer breaks the connection, so that half is not taken for whole', async () => {
    const dying = createSocketServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')
        setTimeout(() => socket.destroy(), 50)
      })
    }).listen(0)
    await withTarget(`http://127.0.0.1:${(dying.address() as AddressInfo).port}`, {}, async () => {
      const heard = await say(proxy.port, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      assert.match(heard, /half/)
      assert.doesNotMatch(heard, /\r\n0\r\n\r\n$/)
      await assert.rejects(tell(proxy.port, '/'))
    })
    dying.close()
  })
  test('a target that is down is passed over for what may be repeated, and for nothing else', async () => {
    const closed = createSocketServer().listen(0)
    const down = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`
    closed.close()
    await proxy.change({ upstreams: { app: { targets: [down, upstream.url] } } })
    const gets = await Promise.all(Array.from({ length: 4 }, () => tell(proxy.port, '/')))
    assert.deepEqual(
      gets.map(({ status }) => status),
      [200, 200, 200, 200],
    )
    const posts = await Promise.all(
      Array.from({ length: 4 }, () => tell(proxy.port, '/', { method: 'POST', body: 'x' })),
    )
    assert.deepEqual(posts.map(({ status }) => status).sort(), [200, 200, 502, 502])
    await proxy.change({})
  })
  test('a target that fails its checks is asked no more until it is well', async () => {
    const sick = await startUpstream((_, response) => {
      response.statusCode = 500
      response.end('sick')
    })
    const healthCheck = { path: '/up', intervalMs: 50, timeoutMs: 30_000, unhealthyAfter: 1 }
    await proxy.change({ upstreams: { app: { targets: [sick.url, upstream.url], healthCheck } } })
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => tell(proxy.port, '/')))
      return answers.every(({ status }) => status === 200)
    })
    await proxy.change({})
    await sick.close()
  })
  test('a client that goes away takes its request with it', async () => {
    let left = false
    const slow = createServer((_, response) => {
      response.on('close', () => {
        left = true
      })
    }).listen(0)
    await proxy.change({
      upstreams: { app: { targets: [`http://127.0.0.1:${(slow.address() as AddressInfo).port}`] } },
    })
    const client = connect(proxy.port, '127.0.0.1')
    client.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    await once(slow, 'request')
    client.destroy()
    await until(() => left)
    await proxy.change({})
    slow.closeAllConnections()
    slow.close()
  })
})

describe('WebSockets', () => {
  const sockets = new WebSocketServer({ noServer: true })
  const server = createServer((_, response) => {
    response.statusCode = 401
    response.end('sign in first')
  })
  let target = ''
  before(() => {
    server.on('upgrade', (incoming, socket, head) => {
      if (incoming.url === '/no') return socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno')
      return sockets.handleUpgrade(incoming, socket, head, (one) => {
        one.on('message', (data, binary) => one.send(data, { binary }))
      })
    })
    server.listen(0)
    target = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    for (const one of sockets.clients) one.terminate()
    server.close()
  })

  test('go through, text and bytes, large and small, and end with either side', async () => {
    await proxy.change({ upstreams: { app: { targets: [target] } } })
    const one = new WebSocket(`ws://127.0.0.1:${proxy.port}/chat`)
    await once(one, 'open')
    one.send('hello')
    assert.equal(String((await once(one, 'message'))[0]), 'hello')
    one.send(Buffer.alloc(300_000, 7))
    assert.equal((await once(one, 'message'))[0].length, 300_000)
    one.close(4_000, 'bye')
    assert.equal((await once(one, 'close'))[0], 4_000)
    await proxy.change({})
  })
  test('are refused in the words of the upstream, and of the route', async () => {
    await proxy.change({ upstreams: { app: { targets: [target] } } })
    const handshake = (path: string, host = 'a') =>
      `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`
    assert.match(await say(proxy.port, handshake('/no')), /^HTTP\/1\.1 403 [\s\S]*no$/)
    assert.match(await say(proxy.port, handshake('/', 'other.example')), /^HTTP\/1\.1 418 [\s\S]*other$/)
    const other = handshake('/').replace('upgrade: websocket', 'upgrade: h2c')
    assert.match(await say(proxy.port, other), /^HTTP\/1\.1 400 /)
    const withBody = handshake('/').replace('upgrade:', 'content-length: 4\r\nupgrade:')
    assert.match(await say(proxy.port, `${withBody}body`), /^HTTP\/1\.1 400 /)
    await proxy.change({})
  })
})

describe('an upstream with TLS', () => {
  test('must have a certificate that is trusted, unless told otherwise', async () => {
    const { files, cert } = await makeCertificate('localhost')
    const secure = createSecure({ cert, key: readFileSync(files.key) }, (_, response) => response.end('secure')).listen(
      0,
    )
    const targets = [`https://localhost:${(secure.address() as AddressInfo).port}`]
    const statusWith = async (tls: object) => {
      await proxy.change({ upstreams: { app: { targets, tls } } })
      return (await tell(proxy.port, '/')).status
    }
    assert.equal(await statusWith({}), 502)
    assert.equal(await statusWith({ ca: files.certificate }), 200)
    assert.equal(await statusWith({ verify: false }), 200)
    // Also for WebSockets, whose own host is the client's word.
    await proxy.change({ upstreams: { app: { targets, tls: { ca: files.certificate } } } })
    const handshake = 'connection: Upgrade\r\nupgrade: websocket\r\n'
    assert.match(
      await say(proxy.port, `GET / HTTP/1.1\r\nhost: a.example\r\n${handshake}\r\n`),
      /^HTTP\/1\.1 200 [\s\S]*secure$/,
    )
    await proxy.change({})
    secure.closeAllConnections()
    secure.close()
  })
})

describe('HTTP/2', () => {
  test('is spoken by a listener with TLS, beside HTTP/1.1', async () => {
    const { files, cert } = await makeCertificate('localhost')
    const secure = await startTestProxy(world, {
      listeners: [{ host: '127.0.0.1', port: 0, tls: files }],
      upstreams: { app: { targets: [upstream.url] } },
      routes: [{ actions: [{ type: 'forward', upstream: 'app' }] }],
    })
    const session = connectHttp2(`https://localhost:${secure.port}`, { ca: cert })
    const stream = session.request({
      ':path': '/headers',
      ':method': 'POST',
      cookie: ['x=1', 'y=2'] as unknown as string,
    })
    stream.end('a body')
    const [headers] = await once(stream, 'response')
    assert.equal(headers[':status'], 200)
    assert.deepEqual(headers['set-cookie'], ['a=1', 'b=2'])
    stream.setEncoding('utf8')
    assert.equal((await once(stream, 'data'))[0], '/headers')
    const seen = lastSeen()
    assert.deepEqual(
      [seen.body, seen.headers['cookie'], seen.headers['x-forwarded-proto']],
      ['a body', 'x=1; y=2', 'https'],
    )
    assert.equal(seen.headers['host'], `localhost:${secure.port}`)
    session.close()
    const old = await fetchSecure(secure.port, cert)
    assert.equal(old, 200)
    await secure.close()
  })
})

async function fetchSecure(port: number, ca: string): Promise<number> {
  const sent = askSecure({ host: 'localhost', port, ca, path: '/', agent: false })
  sent.end()
  const [answer] = await once(sent, 'response')
  answer.resume()
  return answer.statusCode
}
