/** Memory that goes back early: never the pool's, never before the bytes are out, and nothing of it where a peer goes away. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createListener, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { until } from '../../test/support/until.ts'
import { loosen, release, releaser, releaseWritten, sendBody, transient } from './transient.ts'

const own = (bytes: Uint8Array) => Buffer.from(new Uint8Array(bytes).buffer)

test("memory of one's own is gone once it is released; the pool and what is empty, which others share, stay", () => {
  const mine = own(Buffer.from('mine'))
  const empty = own(Buffer.alloc(0))
  release(empty)
  assert.equal(empty.buffer.detached, false)
  const pooled = Buffer.from('pooled')
  release(mine)
  release(pooled)
  assert.equal(mine.length, 0)
  assert.equal(pooled.toString(), 'pooled')
})

test('pieces that share memory keep it until a piece of other memory follows', () => {
  const bytes = own(Buffer.from('one two'))
  const [one, two, three] = [bytes.subarray(0, 3), bytes.subarray(4), own(Buffer.from('three'))]
  const written = releaser()
  written(one)
  written(two)
  assert.deepEqual([one.length, two.length], [3, 3])
  written(three)
  assert.deepEqual([one.length, two.length, three.length], [0, 0, 5])
})

async function serving(answer: (response: ServerResponse) => Promise<void>) {
  const outcomes: Promise<unknown>[] = []
  const server = createServer((_, response) => {
    outcomes.push(
      answer(response).then(
        () => 'sent',
        () => {
          response.destroy()
          return 'broke off'
        },
      ),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  return {
    url,
    outcomes,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

test('a reader who takes his time gets every byte as it was', async () => {
  const whole = randomBytes(8 * 1024 * 1024)
  const pieces = Array.from({ length: 128 }, (_, at) => own(whole.subarray(at * 65_536, (at + 1) * 65_536)))
  await using served = await serving((response) => sendBody(transient(Readable.from(pieces)), response))
  const [incoming] = (await once(get(served.url), 'response')) as [IncomingMessage]
  const got: Buffer[] = []
  for await (const piece of incoming) {
    got.push(piece as Buffer)
    if (got.length % 16 === 0) await pause(5)
  }
  assert.ok(Buffer.concat(got).equals(whole))
  assert.equal(await served.outcomes[0], 'sent')
  assert.equal(pieces.filter(({ length }) => length > 0).length, 1, 'all but the last were released')
})

test('a reader who leaves ends the source; a source that fails ends the reader', async () => {
  let ended = false
  const endless = () =>
    Readable.from(
      (async function* () {
        try {
          for (;;) yield own(randomBytes(65_536))
        } finally {
          ended = true
        }
      })(),
    )
  await using left = await serving((response) => sendBody(transient(endless()), response))
  const asking = request(left.url).end()
  const [incoming] = (await once(asking, 'response')) as [IncomingMessage]
  await once(incoming, 'data')
  asking.destroy()
  assert.equal(await left.outcomes[0], 'broke off')
  assert.ok(ended)

  const failing = () =>
    Readable.from(
      (async function* () {
        yield own(randomBytes(10))
        throw new Error('no more')
      })(),
    )
  await using failed = await serving((response) => {
    response.writeHead(200, { 'content-length': 20 })
    return sendBody(transient(failing()), response)
  })
  const [short] = (await once(get(failed.url), 'response')) as [IncomingMessage]
  await assert.rejects(Array.fromAsync(short), { code: 'ECONNRESET' })
  assert.equal(await failed.outcomes[0], 'broke off')
})

test('a reader who left before the body began ends the source, too', async () => {
  const body = transient(Readable.from([own(randomBytes(10))]))
  await using left = await serving(async (response) => {
    await once(response, 'close')
    await sendBody(body, response)
  })
  const asking = request(left.url).end()
  asking.on('error', () => {})
  await until(() => left.outcomes.length > 0)
  asking.destroy()
  assert.equal(await left.outcomes[0], 'broke off')
  assert.ok(body.destroyed)
})

test('a socket frees the pieces that were loosened, when they are written; parts of something larger stay', async () => {
  const listener = createListener()
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const near = connect((listener.address() as AddressInfo).port, '127.0.0.1')
  const [[far]] = (await Promise.all([once(listener, 'connection'), once(near, 'connect')])) as [[Socket], unknown]
  releaseWritten(near)
  const whole = randomBytes(4 * 65_536)
  const pieces = [0, 1, 2].map((at) => loosen(own(whole.subarray(at * 65_536, (at + 1) * 65_536))))
  const part = loosen(whole.subarray(3 * 65_536))
  near.cork()
  for (const piece of [...pieces, part]) near.write(piece)
  near.end()
  assert.deepEqual(
    [...pieces, part].map(({ length }) => length),
    [65_536, 65_536, 65_536, 65_536],
    'not before',
  )
  near.uncork()
  assert.ok(Buffer.concat(await Array.fromAsync(far)).equals(whole))
  assert.deepEqual(
    [...pieces, part].map(({ length }) => length),
    [0, 0, 0, 65_536],
  )
  listener.close()
})
