/** HTTP/2 of the listener, stream by stream: bodies both ways, what ends early or breaks, an orderly end; loaded only when spoken. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import { connect as connectSocket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, afterEach, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type Listener, listen } from '../../src/server.ts'
import { preface } from '../../src/wire/first-bytes.ts'
import type { Answer, Call } from '../../src/wire/http.ts'
import { http2Limits } from '../../src/wire/http-limits.ts'
import {
  ack,
  block,
  endHeaders,
  endStream,
  frame,
  number,
  request,
  settings,
  speakFrames,
} from '../support/http2-frames.ts'

const ok = (body?: Answer['body'], status = 200): Answer => ({
  ...{ status, headers: {} },
  ...(body !== undefined && { body }),
})
const lengthOf = async ({ body }: Call) => {
  let length = 0
  for await (const part of body) length += (part as Buffer).length
  return length
}

let answer: (call: Call) => Promise<Answer> = async () => ok('here')
let listener: Listener
let session: ClientHttp2Session
before(async () => {
  listener = await listen((call) => answer(call), 0, '127.0.0.1')
  // Its own limit is for what it sends, too.
  session = connect(`http://localhost:${listener.port}`, { maxSessionMemory: 200 })
})
after(async () => {
  session.destroy()
  await listener.close()
})
afterEach(() => {
  answer = async () => ok('here')
})

type Heard = { status: number | undefined; headers: Record<string, unknown>; body: string; code: number | undefined }

/** What comes of it, to the end of the stream. */
async function hear(stream: ClientHttp2Stream): Promise<Heard> {
  const heard: Heard = { status: undefined, headers: {}, body: '', code: undefined }
  stream.on('error', () => {})
  stream.on('response', (headers) => {
    heard.status = headers[':status']
    heard.headers = headers
  })
  stream.setEncoding('utf8')
  stream.on('data', (part) => {
    heard.body += part
  })
  await new Promise<void>((resolve) => stream.once('close', () => resolve()))
  return { ...heard, code: stream.rstCode }
}

const ask = (headers: OutgoingHttpHeaders, body?: string | Buffer) => {
  const stream = session.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  return hear(stream)
}

/** A promise and what fulfils it. */
function gate<Value = void>() {
  let open: (value: Value) => void = () => {}
  const opened = new Promise<Value>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

describe('a request', () => {
  test('is the Call it would have been in HTTP/1.1, and both names of the host may be signed', async () => {
    let seen: Call | undefined
    answer = async (call) => {
      seen = call
      return ok(String(await lengthOf(call)))
    }
    const cookie = ['a=1', 'b=2; c=3'] as unknown as string
    const heard = await ask({
      ':path': '/a/../b//%2e?x=%20&x',
      ':authority': 'Bucket.localhost:1',
      cookie,
      'x-two': ['1', '2'],
    })
    assert.equal(heard.body, '0')
    const { id, body: _, whenGone: _gone, ...rest } = seen as Call
    assert.match(id, /^[0-9a-f-]{36}$/)
    assert.deepEqual(rest, {
      method: 'GET',
      path: '/a/../b//%2e',
      query: 'x=%20&x',
      headers: { host: 'Bucket.localhost:1', cookie: 'a=1; b=2; c=3', 'x-two': '1, 2' },
      rawHeaders: [
        ...[':authority', 'Bucket.localhost:1', 'host', 'Bucket.localhost:1', 'cookie', 'a=1', 'cookie', 'b=2; c=3'],
        ...['x-two', '1', 'x-two', '2'],
      ],
      address: '127.0.0.1',
      secure: false,
    })
  })

  test('whose body has no length is known by the sign that HTTP/1.1 has for it', async () => {
    answer = async (call) => ok(`${call.headers['transfer-encoding']} ${call.headers['content-length']}`)
    assert.equal((await ask({ ':method': 'PUT' }, 'x')).body, 'chunked undefined')
    assert.equal((await ask({ ':method': 'PUT', 'content-length': 1 }, 'x')).body, 'undefined 1')
    assert.equal((await ask({ ':method': 'PUT' })).body, 'undefined undefined')
  })

  test('may end in trailers, which are nobody’s headers', async () => {
    answer = async (call) => ok(`${await lengthOf(call)} ${call.headers['x-late']}`)
    const stream = session.request({ ':method': 'POST' }, { waitForTrailers: true, endStream: false })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-late': '1' }))
    stream.end('four')
    assert.equal((await hear(stream)).body, '4 undefined')
  })

  test('comes a byte at a time, preface and all; so does one of HTTP/1.1', async () => {
    const bytes = Buffer.concat([preface, settings(), frame('headers', endStream | endHeaders, 1, block(...request()))])
    const peer = await speakFrames(listener.port, [])
    for (const byte of bytes) {
      peer.send(Buffer.from([byte]))
      await pause(1)
    }
    assert.equal((await peer.first('data', 1)).payload.toString(), 'here')
    peer.socket.destroy()
    for (const method of ['PUT', 'POST', 'GET']) {
      const socket = connectSocket(listener.port, '127.0.0.1')
      for (const byte of `${method} / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`) {
        socket.write(byte)
        if (byte !== '\r') await pause(1)
      }
      assert.match(await text(socket), /^HTTP\/1\.1 200 [\s\S]*here$/)
    }
  })
})

describe('a body', () => {
  test('that nobody reads is sent as far as its window, and further as it is read', async () => {
    const start = gate()
    answer = async (call) => {
      await start.opened
      return ok(String(await lengthOf(call)))
    }
    const peer = await speakFrames(listener.port)
    // The window is as announced from here on.
    await peer.first('settings')
    peer.send(frame('settings', ack, 0), frame('headers', endHeaders, 1, block(...request('/', 'POST'))))
    const piece = Buffer.alloc(16_384)
    const pieces = http2Limits.streamWindow / piece.length
    for (let at = 0; at < pieces; at += 1) peer.send(frame('data', 0, 1, piece))
    await pause(100)
    assert.ok(!peer.heard.some(({ type, stream }) => type === 'window' && stream === 1))
    start.open()
    await peer.first('window', 1)
    peer.send(frame('data', endStream, 1))
    assert.equal((await peer.first('data', 1)).payload.toString(), String(http2Limits.streamWindow))
    peer.socket.destroy()
  })

  test('of ten megabytes comes whole, each way, on one connection with others', async () => {
    answer = async (call) => ok(call.body)
    const large = Buffer.alloc(10_000_000, 'large ')
    const echoes = await Promise.all([1, 2, 3].map(() => ask({ ':method': 'POST' }, large)))
    for (const { body } of echoes) assert.ok(body === large.toString())
  })

  test('of an answer is made as fast as it is taken', async () => {
    let made = 0
    answer = async () =>
      ok(
        Readable.from(
          (async function* () {
            for (; made < 1_000; made += 1) yield Buffer.alloc(16_384)
          })(),
          { objectMode: false },
        ),
      )
    const stream = session.request({})
    await once(stream, 'response')
    await pause(200)
    assert.ok(made > 0 && made < 100, `${made} pieces for nobody`)
    let length = 0
    for await (const part of stream) length += (part as Buffer).length
    assert.equal(length, 16_384_000)
  })

  test('of an answer in one piece comes whole, a hundred at a time', async () => {
    const large = 'x'.repeat(1_000_000)
    answer = async () => ok(large)
    const heard = await Promise.all(Array.from({ length: 100 }, () => ask({})))
    assert.ok(heard.every(({ status, body }) => status === 200 && body === large))
  })
})

describe('an answer', () => {
  test('has the length of what is in one piece, and none where there is no body', async () => {
    const seen = async (status: number, body?: string, method = 'GET') => {
      answer = async () => ok(body, status)
      const { headers, ...heard } = await ask({ ':method': method })
      return [heard.status, headers['content-length'], heard.body, heard.code]
    }
    assert.deepEqual(await seen(200, 'pâté'), [200, '6', 'pâté', 0])
    assert.deepEqual(await seen(200), [200, '0', '', 0])
    assert.deepEqual(await seen(204), [204, undefined, '', 0])
    assert.deepEqual(await seen(304), [304, undefined, '', 0])
    assert.deepEqual(await seen(200, 'four', 'HEAD'), [200, '4', '', 0])
  })

  test('to HEAD does not read what it would have sent', async () => {
    const body = new Readable({ read: () => assert.fail('it is read') })
    answer = async () => ({ status: 200, headers: { 'content-length': '1000' }, body })
    const { headers, code } = await ask({ ':method': 'HEAD' })
    assert.deepEqual([headers['content-length'], code], ['1000', 0])
    assert.ok(body.destroyed)
  })

  test('has its cookies one by one, and no headers of a connection', async () => {
    const headers = { connection: 'close', 'keep-alive': 'timeout=5', 'Transfer-Encoding': 'chunked', 'X-Other': '1' }
    answer = async () => ({ status: 200, headers, cookies: ['a=1', 'b=2'] })
    const heard = await ask({})
    assert.deepEqual(heard.headers['set-cookie'], ['a=1', 'b=2'])
    assert.deepEqual(
      Object.keys(heard.headers).filter((name) => !['date', ':status', 'set-cookie', 'content-length'].includes(name)),
      ['x-other'],
    )
  })

  test('that breaks off resets its stream, and the connection goes on', async () => {
    const came = gate()
    answer = async () =>
      ok(
        Readable.from(
          (async function* () {
            yield Buffer.from('half')
            await came.opened
            throw new Error('the disk is gone')
          })(),
          { objectMode: false },
        ),
      )
    const stream = session.request({})
    const heard = hear(stream)
    stream.once('data', () => came.open())
    const { status, body, code } = await heard
    assert.deepEqual([status, body, code], [200, 'half', 2])
    answer = async () => ok('here')
    assert.equal((await ask({})).body, 'here')
  })

  test('that the peer no longer wants is not made any further', async () => {
    const left = gate()
    const body = new Readable({ read: () => void body.push(Buffer.alloc(16_384)) })
    body.on('close', left.open)
    answer = async () => ok(body)
    const stream = session.request({})
    stream.on('error', () => {})
    await once(stream, 'data')
    stream.close(8)
    await left.opened
  })

  test('may come before the upload is over: it is whole, and the rest is not wanted', async () => {
    answer = async () => ok('x'.repeat(200_000), 413)
    for (const size of [10, 100_000, 10_000_000]) {
      const { status, body, code } = await ask({ ':method': 'PUT', 'content-length': size }, Buffer.alloc(size))
      assert.deepEqual([status, body.length, code], [413, 200_000, 0], `${size}`)
    }
    answer = async (call) => {
      await once(call.body, 'data')
      return ok('enough', 413)
    }
    const { status, body, code } = await ask({ ':method': 'PUT' }, Buffer.alloc(10_000_000))
    assert.deepEqual([status, body, code], [413, 'enough', 0])
    answer = async () => ok('here')
    assert.equal((await ask({})).body, 'here')
  })

  test('that comes before the upload is over is not followed by a reset at once, which some clients read first', async () => {
    answer = async () => ok('no', 413)
    const peer = await speakFrames(listener.port)
    const upload = frame('headers', endHeaders, 1, block(...request('/', 'PUT')))
    peer.send(upload, frame('data', 0, 1, Buffer.from('half')))
    await peer.first('data', 1)
    peer.send(frame('ping', 0, 0, Buffer.alloc(8)), frame('data', endStream, 1, Buffer.from('the rest')))
    await peer.first('ping')
    await pause(50)
    assert.ok(!peer.heard.some(({ type }) => type === 'reset'))
    peer.socket.destroy()
  })

  test('goes out though its maker gave the request’s body up', async () => {
    answer = async (call) => {
      for await (const _ of call.body) break
      assert.ok(call.body.destroyed)
      return ok('no', 400)
    }
    assert.deepEqual(
      await ask({ ':method': 'PUT' }, Buffer.alloc(1_000_000)).then(({ status, body }) => [status, body]),
      [400, 'no'],
    )
  })
})

describe('100-continue', () => {
  const upload = { ':method': 'PUT', expect: '100-continue', 'content-length': 4 }
  test('is said when somebody reads', async () => {
    answer = async (call) => ok(String(await lengthOf(call)))
    const stream = session.request(upload)
    stream.once('continue', () => stream.end('four'))
    assert.equal((await hear(stream)).body, '4')
  })

  test('is not said for an upload that is refused', async () => {
    answer = async () => ok('no', 403)
    const stream = session.request(upload)
    stream.on('continue', () => assert.fail('it was wanted'))
    assert.deepEqual(await hear(stream).then(({ status, body }) => [status, body]), [403, 'no'])
  })
})

describe('an end', () => {
  test('lets what runs finish, takes nothing new, and closes the connection', async () => {
    const go = gate()
    const begun = gate()
    const other = await listen(
      async (call) => {
        begun.open()
        await go.opened
        return ok(call.path)
      },
      0,
      '127.0.0.1',
    )
    const client = connect(`http://localhost:${other.port}`)
    const idle = connect(`http://localhost:${other.port}`)
    await once(idle, 'remoteSettings')
    const running = hear(client.request({ ':path': '/running' }))
    await begun.opened
    const told = once(client, 'goaway')
    const closed = other.close()
    await once(idle, 'close')
    assert.equal((await told)[0], 0)
    await assert.rejects(once(client.request({}), 'response'), { code: 'ERR_HTTP2_GOAWAY_SESSION' })
    go.open()
    assert.equal((await running).body, '/running')
    await closed
  })

  test('cuts off what takes too long, and does not wait for peers that never close', async () => {
    const waits = { headers: 5_000, silence: 5_000, shutdown: 200 }
    const other = await listen(
      (call) => (call.path === '/' ? new Promise(() => {}) : Promise.resolve(ok('x'))),
      0,
      '127.0.0.1',
      waits,
    )
    const stuck = await speakFrames(other.port)
    stuck.send(frame('headers', endStream | endHeaders, 1, block(...request())))
    const deaf = connectSocket({ port: other.port, host: '127.0.0.1', allowHalfOpen: true })
    deaf.on('error', () => {})
    deaf.write(
      Buffer.concat([preface, settings(), frame('headers', endStream | endHeaders, 1, block(...request('/a')))]),
    )
    await once(deaf, 'data')
    await other.close()
    await stuck.closed
    deaf.destroy()
  })

  test('of a peer’s own making is an end: what runs is answered', async () => {
    const go = gate()
    answer = async () => {
      await go.opened
      return ok('here')
    }
    const peer = await speakFrames(listener.port)
    peer.send(
      frame('headers', endStream | endHeaders, 1, block(...request())),
      frame('goaway', 0, 0, Buffer.concat([number(0), number(0)])),
    )
    await pause(20)
    go.open()
    assert.equal((await peer.first('data', 1)).payload.toString(), 'here')
    await peer.closed
  })
})

test('a server that nobody speaks HTTP/2 to does not load it', () => {
  const program = `
    import { connect } from 'node:net'
    import { once } from 'node:events'
    const { listen } = await import('./src/server.ts')
    const { port, close } = await listen(async () => ({ status: 200, headers: {} }), 0, '127.0.0.1')
    const loaded = () => process.moduleLoadList.some((name) => /http2/.test(name))
    const say = async (bytes) => {
      const socket = connect(port, '127.0.0.1')
      socket.write(bytes)
      await once(socket, 'data')
      socket.destroy()
      return loaded()
    }
    const before = await say('GET / HTTP/1.1\\r\\nhost: a\\r\\n\\r\\n')
    const after = await say(Buffer.from('PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n\\0\\0\\0\\x04\\0\\0\\0\\0\\0', 'latin1'))
    console.log(before, after)
    await close()`
  const said = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })
  assert.equal(said, 'false true\n')
})
