/** What peers of HTTP/2 may try with frames: floods, bombs, slowness, and requests that two readers could read differently. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import { Readable } from 'node:stream'
import { after, before, beforeEach, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { SignatureV4 } from '@smithy/signature-v4'
import { type Listener, listen } from '../../src/server.ts'
import { preface } from '../../src/wire/first-bytes.ts'
import type { Answer, Call } from '../../src/wire/http.ts'
import { http2Limits } from '../../src/wire/http-limits.ts'
import {
  block,
  codeOf,
  endHeaders,
  endStream,
  type Field,
  frame,
  indexed,
  number,
  remembered,
  request,
  settings,
  speakFrames,
} from '../support/http2-frames.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { Sha256 } from '../support/sha256.ts'
import { until } from '../support/until.ts'

const cancel = number(8)
const calm = 0xb
const refused = 7
/** `:status: 400` in the static table. RFC 7541 A. */
const status400 = 0x80 | 12

/** Requests that were begun, and those whose body came whole. */
let calls: Call[] = []
let whole = 0
let answer: (call: Call) => Promise<Answer>
const readAll = async (call: Call): Promise<Answer> => {
  let length = 0
  for await (const part of call.body) length += (part as Buffer).length
  whole += 1
  return { status: 200, headers: {}, body: String(length) }
}
let listener: Listener
/** The same with little patience. */
let hasty: Listener
before(async () => {
  const app = (call: Call) => {
    calls.push(call)
    return answer(call)
  }
  listener = await listen(app, 0, '127.0.0.1')
  hasty = await listen(app, 0, '127.0.0.1', { headers: 150, silence: 300, shutdown: 100 })
})
after(() => Promise.all([listener.close(), hasty.close()]))
beforeEach(() => {
  calls = []
  whole = 0
  answer = readAll
})

const get = (stream: number, fields: readonly Field[] = request()) =>
  frame('headers', endStream | endHeaders, stream, block(...fields))
const post = (stream: number, ...more: readonly Field[]) =>
  frame('headers', endHeaders, stream, block(...request('/', 'POST'), ...more))
const repeat = (times: number, make: (stream: number) => readonly Uint8Array[]) =>
  Array.from({ length: times }, (_, at) => make(2 * at + 1)).flat()

/** Somebody else is served meanwhile. */
async function isAlive(port = listener.port): Promise<void> {
  answer = readAll
  const other = await speakFrames(port)
  other.send(get(1))
  assert.equal((await other.first('data', 1)).payload.toString(), '0')
  other.socket.destroy()
}

describe('a flood', () => {
  /** CVE-2023-44487 (rapid reset), CVE-2025-8671 (MadeYouReset), CVE-2024-27316 (CONTINUATION), CVE-2019-9512 to 9518. */
  const floods: Record<string, () => readonly Uint8Array[]> = {
    'of requests that are reset at once (CVE-2023-44487)': () =>
      repeat(2_000, (stream) => [get(stream), frame('reset', 0, stream, cancel)]),
    'of uploads that are reset at once (CVE-2023-44487)': () =>
      repeat(2_000, (stream) => [post(stream), frame('reset', 0, stream, cancel)]),
    'of requests that we must reset, by windows that do not grow (CVE-2025-8671)': () =>
      repeat(2_000, (stream) => [post(stream), frame('window', 0, stream, number(0))]),
    'of requests that we must reset, by windows that grow too far (CVE-2025-8671)': () =>
      repeat(2_000, (stream) => [post(stream), frame('window', 0, stream, number(0x7fffffff))]),
    'of requests that we must reset, by data after the end (CVE-2025-8671)': () =>
      repeat(2_000, (stream) => [get(stream), frame('data', 0, stream, Buffer.from('x'))]),
    'of requests that we must reset, by priorities of the wrong length (CVE-2025-8671)': () =>
      repeat(2_000, (stream) => [post(stream), frame('priority', 0, stream, number(1))]),
    'of requests that we must reset, by more data than announced (CVE-2025-8671)': () =>
      repeat(2_000, (stream) => [post(stream, ['content-length', '1']), frame('data', 0, stream, Buffer.from('more'))]),
    'of malformed requests': () => repeat(2_000, (stream) => [get(stream, [...request(), ['connection', 'close']])]),
    'of continuations (CVE-2024-27316)': () => [
      frame('headers', 0, 1, block(...request())),
      ...repeat(2_000, () => [frame('continuation', 0, 1, block(['a', 'b']))]),
    ],
    'of empty continuations (CVE-2024-27316)': () => [
      frame('headers', 0, 1, block(...request())),
      ...repeat(2_000, () => [frame('continuation', 0, 1)]),
    ],
    'of pings (CVE-2019-9512)': () => repeat(2_000, () => [frame('ping', 0, 0, Buffer.alloc(8))]),
    'of settings (CVE-2019-9515)': () => repeat(2_000, (value) => [settings([4, 65_535 + value])]),
    'of empty data (CVE-2019-9518)': () => [post(1), ...repeat(2_000, () => [frame('data', 0, 1)])],
  }
  for (const [name, frames] of Object.entries(floods))
    test(`${name} ends its connection, begins no more than ${http2Limits.requests} requests, and nobody else notices`, async () => {
      const peer = await speakFrames(listener.port)
      peer.send(...frames())
      assert.notEqual(await peer.farewell(), 0)
      assert.ok(calls.length <= http2Limits.requests, `${calls.length} were begun`)
      await isAlive()
    })

  test('of requests that are reset is limited by the work that goes on, not by the streams that are open', async () => {
    let release = () => {}
    const gate = new Promise<void>((resolve) => {
      release = resolve
    })
    answer = async () => {
      await gate
      return { status: 200, headers: {} }
    }
    const peer = await speakFrames(listener.port)
    // Slow enough for every limit on the rate of resets.
    for (let stream = 1; stream <= 2 * (http2Limits.requests + 20); stream += 40) {
      peer.send(...repeat(20, (at) => [get(stream + at - 1), frame('reset', 0, stream + at - 1, cancel)]))
      await pause(10)
    }
    const next = 2 * (http2Limits.requests + 100) + 1
    peer.send(get(next))
    assert.equal(codeOf(await peer.first('reset', next)), refused)
    assert.equal(calls.length, http2Limits.requests)
    release()
    await pause(20)
    peer.send(get(next + 2))
    await peer.first('headers', next + 2)
    peer.socket.destroy()
  })

  test('of requests above the limit is refused one by one, and who goes on is told to calm down', async () => {
    answer = () => new Promise(() => {})
    const peer = await speakFrames(hasty.port)
    const { requests, waste } = http2Limits
    peer.send(...repeat(requests, (stream) => [get(stream), frame('reset', 0, stream, cancel)]))
    // Few enough at a time that none is above the limit of streams.
    for (let from = 2 * requests; !peer.socket.destroyed; from += 100) {
      peer.send(...repeat(50, (at) => [get(from + at)]))
      await Promise.race([peer.first('reset', from + 99), peer.closed]).catch(() => {})
    }
    assert.equal(await peer.farewell(), calm)
    assert.equal(calls.length, requests)
    assert.ok(peer.heard.filter(({ type }) => type === 'reset').length >= waste.burst - requests)
  })
})

describe('streams at a time', () => {
  test('are announced, and what is above them is refused so that it may be asked again', async () => {
    answer = () => new Promise(() => {})
    const peer = await speakFrames(listener.port)
    const { payload } = await peer.first('settings')
    const announced = Object.fromEntries(
      Array.from({ length: payload.length / 6 }, (_, at) => [
        payload.readUInt16BE(6 * at),
        payload.readUInt32BE(6 * at + 2),
      ]),
    )
    assert.deepEqual([announced[3], announced[6]], [http2Limits.requests, 32_768])
    peer.send(...repeat(http2Limits.requests + 1, (stream) => [get(stream)]))
    assert.equal(codeOf(await peer.first('reset', 2 * http2Limits.requests + 1)), refused)
    assert.equal(calls.length, http2Limits.requests)
    peer.socket.destroy()
  })
})

describe('memory', () => {
  test('of a session has an end, however much is asked and however little taken', async () => {
    const pieces = { made: 0 }
    answer = async () => ({
      ...{ status: 200, headers: {} },
      body: new Readable({
        read() {
          pieces.made += 1
          this.push(Buffer.alloc(65_536))
        },
      }),
    })
    const { requests, memory } = http2Limits
    const peer = await speakFrames(listener.port, [preface, settings([4, 0])])
    peer.send(...repeat(requests, (stream) => [get(stream)]))
    await peer.first('headers', 2 * requests - 1)
    await pause(200)
    assert.ok(pieces.made * 65_536 <= memory * 1e6, `${pieces.made} pieces`)
    const larger = Buffer.alloc(20_000_000)
    answer = async () => ({ status: 200, headers: {}, body: larger })
    peer.socket.destroy()
    const other = await speakFrames(listener.port, [preface, settings([4, 0])])
    other.send(...repeat(requests - 1, (stream) => [get(stream)]))
    await other.first('headers', 2 * requests - 3)
    // There is room left for another.
    other.send(get(2 * requests - 1))
    await other.first('headers', 2 * requests - 1)
    other.socket.destroy()
  })
})

describe('a head', () => {
  const larger: Record<string, readonly Uint8Array[]> = {
    'that unpacks to forty megabytes (an HPACK bomb, CVE-2016-6581)': [
      frame(
        'headers',
        endHeaders | endStream,
        1,
        Buffer.concat([block(...request()), remembered(['a', 'x'.repeat(4_000)]), indexed(10_000)]),
      ),
    ],
    'of more fields than the limit': [
      get(1, [...request(), ...Array.from({ length: http2Limits.fields }, (_, at): Field => [`x-${at}`, ''])]),
    ],
    'of more bytes than the limit, in several frames': [
      frame('headers', endStream, 1, block(...request(), ['x-a', 'x'.repeat(12_000)])),
      frame('continuation', 0, 1, block(['x-b', 'x'.repeat(12_000)])),
      frame('continuation', endHeaders, 1, block(['x-c', 'x'.repeat(12_000)])),
    ],
  }
  for (const [name, frames] of Object.entries(larger))
    test(`${name} is refused, and the next request of the connection is served`, async () => {
      const peer = await speakFrames(listener.port)
      peer.send(...frames, get(3))
      await peer.first('data', 3)
      assert.equal(calls.length, 1)
      const reset = peer.heard.find(({ type, stream }) => type === 'reset' && stream === 1)
      const status = peer.heard.find(({ type, stream }) => type === 'headers' && stream === 1)
      assert.ok(reset ? codeOf(reset) === calm : status?.payload[0] === status400)
      peer.socket.destroy()
    })
})

describe('slowness', () => {
  test('a peer that says part of the preface, only the preface, or half a head is gone in the time of a head', async () => {
    const halves = [
      [preface.subarray(0, 3)],
      [preface.subarray(0, 20)],
      [preface],
      [preface, settings()],
      [preface, settings(), frame('headers', 0, 1, block(...request()))],
      [preface, settings(), get(1).subarray(0, 20)],
    ]
    await Promise.all(halves.map(async (hello) => (await speakFrames(hasty.port, hello)).closed))
    assert.equal(calls.length, 0)
  })

  test('a session that asks nothing ends, and pings do not keep it', async (t) => {
    const peer = await speakFrames(hasty.port)
    peer.send(get(1))
    await peer.first('data', 1)
    const pings = setInterval(() => peer.send(frame('ping', 0, 0, Buffer.alloc(8))), 20)
    t.after(() => clearInterval(pings))
    assert.equal(await peer.farewell(), 0)
  })

  test('an upload that stands still is cut, and never taken for whole', async (t) => {
    const peer = await speakFrames(hasty.port)
    const pings = setInterval(() => peer.send(frame('ping', 0, 0, Buffer.alloc(8))), 20)
    t.after(() => clearInterval(pings))
    peer.send(post(1), frame('data', 0, 1, Buffer.from('half')))
    assert.equal(codeOf(await peer.first('reset', 1)), 8)
    assert.deepEqual([calls.length, whole], [1, 0])
    peer.socket.destroy()
  })

  test('a download that nobody takes is cut', async () => {
    answer = async () => ({ status: 200, headers: {}, body: 'x'.repeat(1_000_000) })
    const peer = await speakFrames(hasty.port, [preface, settings([4, 0])])
    peer.send(get(1))
    await peer.first('headers', 1)
    assert.equal(codeOf(await peer.first('reset', 1)), 8)
    peer.socket.destroy()
  })
})

describe('a request that could be read in two ways is refused, and nothing of it is served:', () => {
  const without = (name: string) => request().filter(([one]) => one !== name)
  const replaced = (name: string, value: string) =>
    request().map(([one, before]): Field => [one, one === name ? value : before])
  const more = (...fields: readonly Field[]) => [...request(), ...fields]
  const odd: Record<string, readonly Field[]> = {
    'two paths': more([':path', '/other']),
    'two authorities': more([':authority', 'other']),
    'two methods': more([':method', 'POST']),
    'two schemes': more([':scheme', 'https']),
    'no path': without(':path'),
    'no method': without(':method'),
    'no scheme': without(':scheme'),
    'no host at all': without(':authority'),
    'an empty path': replaced(':path', ''),
    'a path without a slash': replaced(':path', 'admin'),
    'an absolute path': replaced(':path', 'http://evil.example/admin'),
    'an asterisk for another method': replaced(':path', '*'),
    'a path with a blank': replaced(':path', '/a HTTP/1.1'),
    'a path with a line break': replaced(':path', '/a\r\nhost: evil.example'),
    'a path with a tab': replaced(':path', '/a\tb'),
    'a path with a NUL': replaced(':path', '/a\0b'),
    'a path with a DEL': replaced(':path', '/a\x7fb'),
    'a fragment': replaced(':path', '/a#b'),
    'a method with a blank': replaced(':method', 'GET /admin'),
    'a method nobody knows': replaced(':method', 'HACK'),
    'a method in lower case': replaced(':method', 'get'),
    'a tunnel': [
      [':method', 'CONNECT'],
      [':authority', 'evil.example:443'],
    ],
    'a tunnel of another protocol': [...replaced(':method', 'CONNECT'), [':protocol', 'websocket']],
    'an authority with a user': replaced(':authority', 'user@localhost'),
    'an authority with a path': replaced(':authority', 'localhost/admin'),
    'an authority with a blank': replaced(':authority', 'local host'),
    'an authority with a line break': replaced(':authority', 'localhost\r\nx: y'),
    'an authority of two names': replaced(':authority', 'localhost,evil.example'),
    'an empty authority': replaced(':authority', ''),
    'an authority with another port form': replaced(':authority', 'localhost:80:81'),
    'a host that is not the authority': more(['host', 'evil.example']),
    'a host that is the authority and one that is not': more(['host', 'localhost'], ['host', 'evil.example']),
    'two hosts without an authority': [...without(':authority'), ['host', 'a'], ['host', 'b']],
    'a pseudo-header after the headers': [...without(':path'), ['x', 'y'], [':path', '/']],
    'a pseudo-header nobody knows': more([':evil', 'x']),
    'a status': more([':status', '200']),
    'a name in upper case': more(['X-Amz-Date', 'x']),
    connection: more(['connection', 'x-amz-date']),
    'keep-alive': more(['keep-alive', 'timeout=5']),
    'proxy-connection': more(['proxy-connection', 'keep-alive']),
    'transfer-encoding': more(['transfer-encoding', 'chunked']),
    upgrade: more(['upgrade', 'h2c']),
    'te of more than trailers': more(['te', 'gzip']),
    'two lengths': more(['content-length', '0'], ['content-length', '5']),
    'a length that is no number': more(['content-length', '+0']),
    'a length and no body': more(['content-length', '5']),
    'an expectation nobody knows': more(['expect', '200-maybe']),
  }
  for (const [name, fields] of Object.entries(odd))
    test(name, async () => {
      const peer = await speakFrames(listener.port)
      peer.send(get(1, fields), get(3))
      // By a status, a reset, or the end of the connection.
      const status = peer.first('headers', 1).then(({ payload }) => payload)
      const reset = peer.first('reset', 1).then(codeOf)
      const told = await Promise.race([status, reset, peer.closed])
      for (const one of [status, reset]) one.catch(() => {})
      if (Buffer.isBuffer(told)) assert.ok(told[0] === status400 || told.includes('417'), told.toString('hex'))
      else if (told !== undefined) assert.equal(told, 1)
      peer.socket.destroy()
      assert.deepEqual(
        calls.filter(
          ({ path, method, headers }) => path !== '/' || method !== 'GET' || headers['host'] !== 'localhost',
        ),
        [],
      )
      assert.ok(calls.length <= 1)
      await isAlive()
    })

  // RFC 9113 8.2.1 would have such a request refused; nghttp2 leaves out the header.
  const headers: Record<string, Field> = {
    'a value with a NUL': ['x-odd', 'a\0b'],
    'a value with a carriage return': ['x-odd', 'a\rb'],
    'a value with a line feed': ['x-odd', 'a\nb'],
    'a name with a blank': ['x-odd y', 'z'],
    'a name with a colon': ['x-odd:y', 'z'],
    'a name with a line break': ['x-odd\r\nhost', 'evil.example'],
    'an empty name': ['', 'x-odd'],
  }
  for (const [name, field] of Object.entries(headers))
    test(`${name} comes in by no way`, async () => {
      const peer = await speakFrames(listener.port)
      peer.send(get(1, more(field)), get(3))
      await Promise.race([peer.first('headers', 3), peer.closed])
      assert.ok(calls.every((call) => !JSON.stringify([call.headers, call.rawHeaders]).includes('x-odd')))
      peer.socket.destroy()
    })

  test('the same host said twice is one', async () => {
    const peer = await speakFrames(listener.port)
    peer.send(get(1, more(['host', 'localhost'])))
    await peer.first('data', 1)
    assert.equal(calls[0]?.rawHeaders.filter((one) => one === 'host').length, 1)
    peer.socket.destroy()
  })
})

describe('a body', () => {
  const odd: Record<string, readonly Uint8Array[]> = {
    'longer than announced': [post(1, ['content-length', '3']), frame('data', endStream, 1, Buffer.from('longer'))],
    'shorter than announced': [post(1, ['content-length', '30']), frame('data', endStream, 1, Buffer.from('short'))],
    'reset half way': [post(1), frame('data', 0, 1, Buffer.from('half')), frame('reset', 0, 1, cancel)],
    'reset half way as if nothing were wrong': [
      post(1),
      frame('data', 0, 1, Buffer.from('half')),
      frame('reset', 0, 1, number(0)),
    ],
    'with trailers that hold a path': [
      post(1),
      frame('data', 0, 1, Buffer.from('x')),
      frame('headers', endStream | endHeaders, 1, block([':path', '/other'])),
    ],
    'with headers in the middle': [
      post(1),
      frame('headers', endHeaders, 1, block(['x-late', '1'])),
      frame('data', endStream, 1, Buffer.from('x')),
    ],
  }
  for (const [name, frames] of Object.entries(odd))
    test(`${name} is never taken for whole`, async () => {
      let broke: () => void = () => {}
      const broken = new Promise<void>((resolve) => {
        broke = resolve
      })
      answer = (call) =>
        readAll(call).catch((error) => {
          broke()
          throw error
        })
      const peer = await speakFrames(listener.port)
      peer.send(...frames)
      await Promise.race([broken, pause(100)])
      assert.equal(whole, 0)
      peer.socket.destroy()
      await isAlive()
    })

  test('whose connection is cut is never taken for whole', async () => {
    const peer = await speakFrames(listener.port)
    peer.send(post(1), frame('data', 0, 1, Buffer.from('half')))
    await until(() => calls.length > 0)
    peer.socket.resetAndDestroy()
    await peer.closed
    await isAlive()
    assert.equal(whole, 1, 'only the one that asks whether it is alive')
  })
})

describe('answers', () => {
  test('whose headers would become several are not sent', async () => {
    for (const value of ['a\0x-evil\0b', 'a\r\nx-evil: b', 'a\nb', '\u010d\u010a']) {
      answer = async () => ({ status: 200, headers: { 'x-value': value }, body: 'x' })
      const peer = await speakFrames(listener.port)
      peer.send(get(1))
      assert.equal(codeOf(await peer.first('reset', 1)), 2)
      assert.ok(!peer.heard.some(({ type, stream }) => type === 'headers' && stream === 1))
      answer = async () => ({ status: 200, headers: {}, cookies: [value] })
      peer.send(get(3))
      assert.equal(codeOf(await peer.first('reset', 3)), 2)
      peer.socket.destroy()
    }
  })

  test('that fail are told by a reset, and nothing of why', async () => {
    answer = async () => {
      throw new Error('a secret')
    }
    const peer = await speakFrames(listener.port)
    peer.send(get(1))
    assert.deepEqual((await peer.first('reset', 1)).payload, number(2))
    peer.socket.destroy()
  })
})

test('whatever frames come, the next peer is served', async () => {
  const pieces: readonly Buffer[] = [
    get(1),
    get(3),
    get(2),
    post(5),
    frame('data', 0, 5, Buffer.from('x')),
    frame('data', endStream, 5),
    frame('data', 0x8, 5, Buffer.from([200, 1])),
    frame('reset', 0, 1, cancel),
    frame('reset', 0, 0, cancel),
    frame('settings', 0, 0, Buffer.from('odd')),
    settings([4, 0xffffffff]),
    settings([5, 1]),
    settings([1, 0]),
    frame('ping', 0, 0, Buffer.alloc(3)),
    frame('goaway', 0, 0, Buffer.alloc(8)),
    frame('goaway', 0, 0, Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])),
    frame('window', 0, 0, number(0x7fffffff)),
    frame('window', 0, 9, number(1)),
    frame('push', endHeaders, 1, Buffer.concat([number(2), block(...request())])),
    frame('continuation', endHeaders, 1, block(...request())),
    frame('priority', 0, 7, Buffer.alloc(5)),
    frame('headers', endStream | endHeaders, 7, Buffer.from([0x3f, 0xff, 0xff, 0xff, 0xff, 0xff])),
    frame('headers', endStream | endHeaders, 9, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])),
    Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
    Buffer.from([0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 1]),
    preface,
  ]
  for (let turn = 0; turn < 300; turn += 1) {
    const bytes = Array.from(
      { length: 1 + (turn % 9) },
      (_, at) => pieces[(turn * 11 + at * (turn % 7) + at) % pieces.length],
    )
    const peer = await speakFrames(listener.port, [preface, ...(turn % 5 === 0 ? [] : [settings()])])
    peer.send(...(bytes as Buffer[]))
    await pause(2)
    peer.socket.destroy()
  }
  await isAlive()
})

describe('an object', () => {
  let server: TestServer
  before(async () => {
    server = await startTestServer()
  })
  after(() => server.close())

  test('whose upload breaks off is not stored, however politely', async () => {
    const { s3 } = server.clients
    await s3.send(new CreateBucketCommand({ Bucket: 'broken' }))
    const url = new URL(await getSignedUrl(s3, new PutObjectCommand({ Bucket: 'broken', Key: 'half' })))
    for (const code of [0, 8]) {
      const peer = await speakFrames(Number(url.port))
      peer.send(
        frame(
          'headers',
          endHeaders,
          1,
          block(...request(`${url.pathname}${url.search}`, 'PUT', url.host), ['content-length', '100']),
        ),
        frame('data', 0, 1, Buffer.from('half')),
      )
      await pause(50)
      peer.send(frame('reset', 0, 1, number(code)), get(3, request('/healthz', 'GET', url.host)))
      await peer.first('data', 3)
      peer.socket.destroy()
      await assert.rejects(s3.send(new GetObjectCommand({ Bucket: 'broken', Key: 'half' })), { name: 'NoSuchKey' })
    }
  })

  test('is not had with a signature for another authority', async () => {
    const signer = new SignatureV4({
      ...{ service: 's3', region: 'us-east-1', sha256: Sha256 as never, uriEscapePath: false },
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    const { port } = new URL(server.endpoint)
    const signed = await signer.sign({
      ...{ method: 'GET', protocol: 'http:', hostname: 'localhost', path: '/', query: {} },
      headers: { ':authority': `localhost:${port}` },
    })
    assert.match(signed.headers['authorization'] ?? '', /SignedHeaders=:authority;/)
    const session = connect(server.endpoint)
    const statusFor = async (authority: string) => {
      const stream = session.request({ ...signed.headers, ':path': '/', ':authority': authority })
      const [headers] = await once(stream, 'response')
      stream.close()
      return headers[':status']
    }
    assert.equal(await statusFor(`localhost:${port}`), 200)
    assert.equal(await statusFor(`other.localhost:${port}`), 403)
    session.destroy()
  })
})
