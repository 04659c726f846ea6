/** Upstreams that answer oddly, and clients of HTTP/2 that meet them: nothing takes the proxy down, and nobody waits for ever. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { type AddressInfo, connect, createServer as createSocketServer, type Server } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { makeCertificate } from '../support/certificate.ts'
import { say, startTestProxy, type TestProxy } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import { type TestWorld, testWorld } from '../support/world.ts'

/** What the upstream says, whatever it is asked; the path names the row. */
const answers: Record<string, string | Buffer> = {
  good: 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood',
  early: 'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood',
  bytes: Buffer.from('HTTP/1.1 200 OK\r\nx-bytes: caf\xe9\r\ncontent-length: 0\r\n\r\n', 'latin1'),
  phrase: 'HTTP/1.1 299 Something Of Its Own\r\ncontent-length: 0\r\n\r\n',
  hops: 'HTTP/1.1 200 OK\r\nconnection: close, x-hop\r\nx-hop: 1\r\nproxy-connection: close\r\nupgrade: h2c\r\ncontent-length: 0\r\n\r\n',
  old: 'HTTP/1.0 200 OK\r\n\r\nuntil the end',
  nothing: '',
  nonsense: 'SSH-2.0-OpenSSH_9.6\r\n',
  status: 'HTTP/1.1 999 No\r\ncontent-length: 0\r\n\r\n',
  low: 'HTTP/1.1 000 No\r\ncontent-length: 0\r\n\r\n',
  switching: 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
  lengths: 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
  both: 'HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  split: 'HTTP/1.1 200 OK\r\nx-a: b\rset-cookie: evil=1\r\ncontent-length: 0\r\n\r\n',
  short: 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this',
  huge: `HTTP/1.1 200 OK\r\nx-big: ${'x'.repeat(100_000)}\r\ncontent-length: 0\r\n\r\n`,
}

let world: TestWorld
let upstream: Server
let proxy: TestProxy
let secure: TestProxy
let session: ClientHttp2Session
before(async () => {
  world = await testWorld()
  upstream = createSocketServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (head) => {
      const name = /^\w+ \/(\w+)/.exec(head.toString('latin1'))?.[1] ?? ''
      socket.write(answers[name] ?? '')
      setTimeout(() => socket.destroy(), 30)
    })
  }).listen(0)
  const settings = {
    upstreams: { app: { targets: [`http://127.0.0.1:${(upstream.address() as AddressInfo).port}`] } },
    routes: [{ actions: [{ type: 'forward', upstream: 'app' } as const] }],
  }
  const { files, cert } = await makeCertificate('localhost')
  proxy = await startTestProxy(world, settings)
  secure = await startTestProxy(world, { ...settings, listeners: [{ host: '127.0.0.1', port: 0, tls: files }] })
  session = connectHttp2(`https://localhost:${secure.port}`, { ca: cert })
})
after(async () => {
  session?.destroy()
  await proxy?.close()
  await secure?.close()
  await world?.close()
  upstream?.close()
})

/** Status and body, or `cut` where stream or connection was broken. */
async function byHttp1(name: string): Promise<string> {
  const heard = await say(proxy.port, `GET /${name} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`)
  const [head = '', ...rest] = heard.split('\r\n\r\n')
  const length = /content-length: (\d+)/i.exec(head)?.[1]
  const body = rest.join('\r\n\r\n')
  const chunked = /transfer-encoding: chunked/i.test(head)
  const whole = chunked ? body.endsWith('0\r\n\r\n') : length === undefined || Number(length) <= body.length
  return whole ? head.slice(9, 12) : 'cut'
}

async function byHttp2(name: string, method = 'GET'): Promise<string> {
  const stream = session.request({ ':path': `/${name}`, ':method': method })
  let status = ''
  stream.on('response', (headers) => {
    status = String(headers[':status'])
  })
  stream.on('error', () => {
    status = 'cut'
  })
  stream.resume()
  await once(stream, 'close').catch(() => {})
  return status
}

describe('an answer of an upstream', () => {
  const wanted: Record<string, string> = {
    ...{ good: '200', early: '200', bytes: '200', phrase: '299', hops: '200', old: '200' },
    ...{
      nothing: '502',
      nonsense: '502',
      low: '502',
      switching: '502',
      lengths: '502',
      both: '502',
      split: '502',
      huge: '502',
      status: '502',
    },
    short: 'cut',
  }
  for (const [name, status] of Object.entries(wanted))
    test(`'${name}' is ${status}, by both versions of HTTP`, async () => {
      assert.deepEqual([await byHttp1(name), await byHttp2(name)], [status, status])
    })
  test('to HEAD has no body, by HTTP/2 too', async () => {
    assert.equal(await byHttp2('good', 'HEAD'), '200')
  })
  test('that a client of HTTP/2 no longer wants ends at the upstream', async () => {
    let closed = false
    let connections = 0
    const waiting = createSocketServer((socket) => {
      connections++
      socket.resume()
      socket.on('error', () => {})
      socket.on('close', () => {
        closed = true
      })
    }).listen(0)
    await secure.change({
      upstreams: { app: { targets: [`http://127.0.0.1:${(waiting.address() as AddressInfo).port}`] } },
    })
    const stream = session.request({ ':path': '/' })
    stream.on('error', () => {})
    await once(waiting, 'connection')
    stream.close(8)
    await until(() => closed)
    await new Promise((resolve) => setTimeout(resolve, 100))
    assert.equal(connections, 1, 'it is not asked again for somebody who left')
    await secure.change({})
    waiting.close()
  })
})

test('whatever bytes come, the next request is answered', async () => {
  const pieces = [
    'GET / HTTP/1.1\r\n',
    'host: a\r\n',
    'POST /good ',
    'HTTP/1.1\r\n',
    '\r\n',
    ': \r\n',
    '\0',
    'transfer-encoding: chunked\r\n',
    'content-length: 5\r\n',
    '5\r\nhello\r\n0\r\n\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    '\x16\x03\x01\x02',
    'upgrade: websocket\r\nconnection: upgrade\r\n',
    'expect: 100-continue\r\n',
  ]
  for (let n = 0; n < 200; n++) {
    const bytes = Array.from(
      { length: 1 + (n % 7) },
      (_, at) => pieces[(n * 7 + at * (n % 5) + at) % pieces.length],
    ).join('')
    const socket = connect(proxy.port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(Buffer.from(bytes, 'latin1'))
    await new Promise((resolve) => setTimeout(resolve, 5))
    socket.destroy()
  }
  assert.equal(await byHttp1('good'), '200')
})
