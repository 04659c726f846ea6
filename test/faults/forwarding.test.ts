/** Faults between a client, the gateway and the server behind it: nothing half becomes whole, and nothing stays open. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, beforeEach, describe, test } from 'node:test'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { encodeChunked, encodedLength, payloadName } from '../../src/gateway/forward/encode-chunked.ts'
import { signRequest } from '../../src/wire/sigv4-sign.ts'
import { upstream } from '../support/gateway.ts'
import { type OddServer, startOddServer } from '../support/odd-server.ts'
import { openFiles } from '../support/open-files.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
const place = { Bucket: 'odd-bucket', Key: 'k' }
const whole = randomBytes(3_000_000)
/** Few, so that a place that is not given back is missed. */
const connections = 3

const answer = (status: string, text = '', ...headers: string[]) =>
  [`HTTP/1.1 ${status}`, ...headers, `content-length: ${text.length}`, '', text].join('\r\n')

/** A connection to the gateway with everything that comes back. */
async function dial(server: TestServer) {
  const socket: Socket = connect(Number(new URL(server.endpoint).port), '127.0.0.1')
  await once(socket, 'connect')
  const peer = { socket, text: '', closed: once(socket, 'close') }
  socket.setEncoding('latin1')
  socket.on('data', (piece) => {
    peer.text += piece
  })
  socket.on('error', () => {})
  return peer
}

describe('between a client, the gateway and a server behind', { timeout: 240_000 }, () => {
  let odd: OddServer
  let outside: TestServer
  let server: TestServer
  let s3: S3Client
  before(async () => {
    odd = await startOddServer()
    outside = await startTestServer()
    const patient = { connections, keys, responseTimeoutMs: 20_000, idleTimeoutMs: 20_000 }
    server = await startTestServer({
      settings: {
        upstreams: {
          s3: [
            upstream(odd.url, { match: 'odd-*', ...patient }),
            upstream(odd.url, {
              ...{ match: 'slow-*', region: 'eu-west-1', connections, keys },
              ...{ responseTimeoutMs: 300, idleTimeoutMs: 300 },
            }),
            upstream(outside.endpoint, { match: 'far-*', ...patient }),
          ],
        },
      },
    })
    s3 = server.clients.s3
    for (const Bucket of ['far-bucket', 'near']) await s3.send(new CreateBucketCommand({ Bucket }))
  })
  after(async () => {
    await server?.close()
    await outside?.close()
    await odd?.close()
  })
  beforeEach(() => {
    odd.connections.length = 0
  })

  const pathOf = (url: string) => url.slice(new URL(url).origin.length)
  const hostOf = () => new URL(server.endpoint).host
  const linkTo = async (to: typeof place, put = true) =>
    pathOf(await getSignedUrl(s3, put ? new PutObjectCommand(to) : new GetObjectCommand(to)))
  const putHead = async (length: number, to = place, ...more: string[]) =>
    [`PUT ${await linkTo(to)} HTTP/1.1`, `host: ${hostOf()}`, `content-length: ${length}`, ...more, '', ''].join('\r\n')

  /** Requests one after the other, more than there are places: each gets one. */
  async function servesAsEver() {
    odd.behave = ({ socket }) => void socket.end(answer('200 OK', 'ok'))
    for (let turn = 0; turn < connections * 2; turn++) {
      const got = await s3.send(new GetObjectCommand(place))
      assert.equal(await got.Body?.transformToString(), 'ok')
    }
  }

  describe('a client that goes away', () => {
    test('while it uploads ends the connection behind, in each form of body, and leaves nothing there', async () => {
      const half = whole.subarray(0, whole.length / 2)
      const link = await linkTo(place)
      const chunked = async (form: { signed: boolean }) => {
        const full = { length: whole.length, ...form, trailer: undefined }
        const named = { 'content-encoding': 'aws-chunked', 'x-amz-decoded-content-length': String(whole.length) }
        const { headers, seed } = signRequest({
          ...{ method: 'PUT', host: hostOf(), path: '/odd-bucket/k', query: '', service: 's3', keys },
          ...{ region: 'us-east-1', now: server.world.now(), headers: named, payloadHash: payloadName(full) },
        })
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
        const pieces = await Array.fromAsync(
          encodeChunked(
            (async function* () {
              yield whole
            })(),
            full,
            seed,
          ),
        )
        const head = ['PUT /odd-bucket/k HTTP/1.1', ...lines, `content-length: ${encodedLength(full)}`, '', '']
        return [Buffer.from(head.join('\r\n')), Buffer.concat(pieces).subarray(0, whole.length / 2)]
      }
      const form = async () => {
        const { fields } = await createPresignedPost(s3, place)
        const part = (name: string) => `--b\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`
        const before = Object.entries(fields).map(([name, value]) => `${part(name)}${value}\r\n`)
        const head = `POST /odd-bucket HTTP/1.1\r\nhost: ${hostOf()}\r\ncontent-type: multipart/form-data; boundary=b\r\ncontent-length: ${whole.length * 2}\r\n\r\n`
        return [Buffer.from(`${head}${before.join('')}${part('file')}`), half]
      }
      const part = pathOf(await getSignedUrl(s3, new UploadPartCommand({ ...place, UploadId: 'u', PartNumber: 1 })))
      const plain = (path: string) => [
        Buffer.from(`PUT ${path} HTTP/1.1\r\nhost: ${hostOf()}\r\ncontent-length: ${whole.length}\r\n\r\n`),
        half,
      ]
      const ways = {
        plain: plain(link),
        part: plain(part),
        signed: await chunked({ signed: true }),
        form: await form(),
      }
      for (const [way, sent] of Object.entries(ways)) {
        for (let turn = 0; turn < connections + 1; turn++) {
          const peer = await dial(server)
          for (const bytes of sent) peer.socket.write(bytes)
          await until(() => (odd.connections[turn]?.bytes.length ?? 0) > 200_000)
          peer.socket.destroy()
          const heard = odd.connections[turn]
          await heard?.closed
          const [head = ''] = heard?.bytes.toString('latin1').split('\r\n\r\n', 1) ?? []
          const announced = Number(/content-length: (\d+)/.exec(head)?.[1])
          assert.ok(announced > 0 && (heard?.bytes.length ?? 0) - head.length - 4 < announced, way)
        }
        odd.connections.length = 0
      }
      await servesAsEver()
      await until(() => odd.open() === 0)
    })

    test('before an answer has begun ends the connection behind, however long that server would be waited for', async () => {
      odd.behave = () => {}
      const path = await linkTo(place, false)
      const gets = `GET ${path} HTTP/1.1\r\nhost: ${hostOf()}\r\n\r\n`
      const puts = `${await putHead(5)}bytes`
      for (const [turn, sent] of [gets, puts, gets, puts, gets].entries()) {
        const peer = await dial(server)
        peer.socket.write(sent)
        await until(() => (odd.connections[turn]?.bytes.length ?? 0) > 0)
        peer.socket.destroy()
        await odd.connections[turn]?.closed
      }
      await servesAsEver()
    })

    test('ends what the gateway itself asks for a copy or a list of buckets', async () => {
      await s3.send(new PutObjectCommand({ Bucket: 'near', Key: 'source', Body: 'x' }))
      odd.behave = () => {}
      const copy = (Bucket: string, CopySource: string) =>
        getSignedUrl(s3, new CopyObjectCommand({ Bucket, Key: 'k', CopySource }))
      const ways = {
        source: ['PUT', await copy('near', 'odd-bucket/k')],
        target: ['PUT', await copy('odd-bucket', 'near/source')],
        tags: ['PUT', await copy('odd-bucket', 'odd-other/k')],
        list: ['GET', await getSignedUrl(s3, new ListBucketsCommand({}))],
      } as const
      for (const [way, [method, url]] of Object.entries(ways)) {
        odd.connections.length = 0
        for (let turn = 0; turn < connections + 1; turn++) {
          const peer = await dial(server)
          peer.socket.write(`${method} ${pathOf(url)} HTTP/1.1\r\nhost: ${hostOf()}\r\ncontent-length: 0\r\n\r\n`)
          await until(() => odd.connections.filter(({ socket }) => !socket.destroyed).length > 0)
          peer.socket.destroy()
          await Promise.all(odd.connections.map(({ closed }) => closed))
        }
        assert.ok(odd.connections.length > connections, way)
      }
      await servesAsEver()
    })

    test('while it downloads ends the connection behind', async () => {
      odd.behave = ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n')
        const more = () => {
          while (socket.writable && socket.write(whole));
        }
        socket.on('drain', more)
        more()
      }
      const path = await linkTo(place, false)
      for (let turn = 0; turn < connections + 1; turn++) {
        const peer = await dial(server)
        peer.socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostOf()}\r\n\r\n`)
        await until(() => peer.text.length > 200_000)
        peer.socket.destroy()
        await odd.connections[turn]?.closed
      }
      assert.equal(odd.open(), 0)
      await servesAsEver()
    })

    test('between two pieces of an answer does so, too', async () => {
      odd.behave = ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome')
      const path = await linkTo(place, false)
      for (let turn = 0; turn < connections + 1; turn++) {
        const peer = await dial(server)
        peer.socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostOf()}\r\n\r\n`)
        await until(() => peer.text.endsWith('some'))
        peer.socket.destroy()
        await odd.connections[turn]?.closed
      }
      await servesAsEver()
    })
  })

  describe('a server behind that', () => {
    const statusOf = async (work: Promise<unknown>) => {
      const told = await work.then(
        (result) => result as { $metadata: { httpStatusCode?: number } },
        (error: Error & { $metadata?: { httpStatusCode?: number } }) => ({ ...error, $metadata: error.$metadata }),
      )
      return told.$metadata?.httpStatusCode
    }
    const get = (Bucket = place.Bucket) => s3.send(new GetObjectCommand({ ...place, Bucket }))
    const put = (Body: Buffer | string = 'x') => s3.send(new PutObjectCommand({ ...place, Body }))

    test('writes its head byte after byte is given up in its time', async () => {
      odd.behave = ({ socket }) => {
        socket.write('HTTP/1.1 200 OK\r\nx-a: ')
        const tick = setInterval(() => socket.write('a'), 50)
        socket.on('close', () => clearInterval(tick))
      }
      assert.equal(await statusOf(get('slow-bucket')), 504)
      await until(() => odd.open() === 0)
    })

    test('contradicts itself about the length of its answer is not believed', async () => {
      const heads = [
        'content-length: 2\r\ncontent-length: 3',
        'content-length: 2\r\ntransfer-encoding: chunked',
        'content-length: -1',
        'content-length: 1e3',
        'content-length: 99999999999999999999999999',
      ]
      for (const head of heads) {
        odd.behave = ({ socket }) => void socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\nok`)
        const text = await get().then(
          async ({ Body }) => `whole: ${await Body?.transformToString()}`,
          () => 'refused',
        )
        assert.match(text, /refused/, head)
      }
      await servesAsEver()
    })

    test('says less than it has sends what it said; who says more breaks the connection', async () => {
      odd.behave = ({ socket }) =>
        void socket.end(
          'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil',
        )
      for (let turn = 0; turn < 4; turn++) assert.equal(await (await get()).Body?.transformToString(), 'ok')
      odd.behave = ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nok')
      await assert.rejects((await get()).Body?.transformToString() ?? Promise.resolve())
      odd.behave = ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nok')
      await assert.rejects((await get()).Body?.transformToString() ?? Promise.resolve())
      await servesAsEver()
    })

    test('redirects is followed by nobody: neither here nor by whoever asked', async () => {
      const moved =
        '<Error><Code>PermanentRedirect</Code><Message>m</Message><Endpoint>odd.s3.eu-west-1.amazonaws.com</Endpoint></Error>'
      for (const status of ['301 Moved Permanently', '307 Temporary Redirect', '302 Found', '308 Permanent Redirect']) {
        odd.behave = ({ socket }) =>
          void socket.end(answer(status, moved, 'location: http://127.0.0.1:9/k', 'x-amz-bucket-region: eu-west-1'))
        for (const ask of [
          () => fetchOf(place, 'GET'),
          () => fetchOf(place, 'PUT', 'x'),
          () => fetchOf(place, 'PUT', whole),
        ]) {
          const told = await ask()
          const text = await told.text()
          assert.equal(told.status, 502, `${status}: ${text}`)
          assert.match(text, /<Code>ServiceUnavailable</)
          assert.equal(told.headers.get('location'), null)
          assert.doesNotMatch(text, /amazonaws|127\.0\.0\.1:9/)
        }
        await assert.rejects(s3.send(new ListBucketsCommand({})), { name: 'ServiceUnavailable' })
      }
      await servesAsEver()
    })
    const fetchOf = async (to: typeof place, method: string, body?: string | Buffer) =>
      fetch(`${server.endpoint}${await linkTo(to, method === 'PUT')}`, {
        ...{ method, redirect: 'manual', ...(body !== undefined && { body: new Uint8Array(Buffer.from(body)) }) },
      })

    test('refuses before it has read an upload is heard in its own words', async () => {
      odd.behave = ({ socket }) => void socket.end(answer('403 Forbidden', '<Error><Code>AccessDenied</Code></Error>'))
      assert.equal(await statusOf(put(whole)), 403)
      await servesAsEver()
    })

    test('sends news before its answer is waited for; nobody asked it to say that one may continue', async () => {
      odd.behave = ({ socket }) => {
        socket.write('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n')
        socket.end(answer('200 OK', '', 'etag: "e"'))
      }
      assert.equal((await put()).ETag, '"e"')
      odd.behave = ({ socket }) => void socket.end(`HTTP/1.1 100 Continue\r\n\r\n${answer('200 OK')}`)
      assert.equal(await statusOf(put()), 503)
    })

    test('sends headers without end or with what no header may hold is no answer', async () => {
      odd.behave = ({ socket }) => void socket.end(answer('200 OK', 'ok', `x-amz-meta-a: ${'a'.repeat(10_000)}`))
      assert.equal((await get()).Metadata?.['a']?.length, 10_000)
      for (const odder of [
        `x-a: ${'a'.repeat(70_000)}`,
        'x-a: \u0001',
        'x-a: a\rb',
        'bad name: a',
        ': a',
        'x-a: a\u0000',
      ]) {
        odd.behave = ({ socket }) => void socket.end(answer('200 OK', 'ok', odder))
        const status = await statusOf(get())
        assert.ok(status === 503 || status === undefined, `${JSON.stringify(odder.slice(0, 20))}: ${status}`)
        await until(() => odd.open() === 0)
      }
      await servesAsEver()
    })
  })

  describe('an upload that is not whole', () => {
    const far = (Key: string) => ({ Bucket: 'far-bucket', Key })
    const nothingThere = async () => {
      const listed = await outside.clients.s3.send(new ListObjectsV2Command({ Bucket: 'far-bucket' }))
      assert.deepEqual(listed.Contents ?? [], [])
    }

    test('is no object behind: neither cut off nor with less or other than was announced', async () => {
      for (const [announced, sent] of [
        [whole.length, whole.subarray(0, -1)],
        [whole.length, Buffer.alloc(0)],
        [10, Buffer.from('123456789')],
      ] as const) {
        const peer = await dial(server)
        peer.socket.write(await putHead(announced, far('cut')))
        peer.socket.end(sent)
        await peer.closed
        assert.doesNotMatch(peer.text, /HTTP\/1\.1 200/)
      }
      const peer = await dial(server)
      const head = `PUT ${await linkTo(far('cut'))} HTTP/1.1\r\nhost: ${hostOf()}\r\ntransfer-encoding: chunked\r\n\r\n`
      peer.socket.end(`${head}5\r\nhello\r\n`)
      await peer.closed
      assert.doesNotMatch(peer.text, /HTTP\/1\.1 200/)
      await nothingThere()
    })

    test('is no object behind as a copy whose source breaks off, and no object here', async () => {
      odd.behave = ({ socket }) => {
        socket.write(
          'HTTP/1.1 200 OK\r\netag: "e"\r\nlast-modified: Fri, 24 May 2013 00:00:00 GMT\r\ncontent-length: 3000000\r\n\r\n',
        )
        socket.end(whole.subarray(0, 2_000_000))
      }
      for (const Bucket of ['far-bucket', 'near']) {
        const copied = s3.send(new CopyObjectCommand({ Bucket, Key: 'copied', CopySource: 'odd-bucket/k' }))
        await assert.rejects(copied, { name: 'ServiceUnavailable' })
        await assert.rejects(s3.send(new HeadObjectCommand({ Bucket, Key: 'copied' })), { name: 'NotFound' })
      }
      await nothingThere()
      await servesAsEver()
    })

    test('is no object behind where the target of a copy refuses or goes away, and the source is let go', async () => {
      await s3.send(new PutObjectCommand({ Bucket: 'near', Key: 'large', Body: whole }))
      await s3.send(new PutObjectCommand({ ...far('large'), Body: whole }))
      for (const behave of [
        (socket: Socket) => void socket.end(answer('403 Forbidden', '<Error><Code>AccessDenied</Code></Error>')),
        (socket: Socket) => void socket.destroy(),
      ]) {
        odd.behave = ({ socket }) => behave(socket)
        for (const CopySource of ['near/large', 'far-bucket/large']) {
          for (let turn = 0; turn < connections + 1; turn++)
            await assert.rejects(s3.send(new CopyObjectCommand({ ...place, CopySource })))
        }
      }
      await until(() => openFiles(server.world.settings.dataFolder) === 0)
      const got = await s3.send(new GetObjectCommand(far('large')))
      assert.equal((await got.Body?.transformToByteArray())?.length, whole.length)
      await servesAsEver()
    })
  })

  describe('100-continue', () => {
    test('is said to whoever may upload, and not to whoever may not', async () => {
      odd.behave = ({ socket }) => void setTimeout(() => socket.end(answer('200 OK', '', 'etag: "e"')), 50)
      const peer = await dial(server)
      peer.socket.write(await putHead(5, place, 'expect: 100-continue'))
      await until(() => peer.text.startsWith('HTTP/1.1 100 Continue'))
      peer.socket.write('hello')
      await until(() => peer.text.includes('HTTP/1.1 200 OK'))
      peer.socket.destroy()
      // The expectation was ours to fulfil.
      assert.doesNotMatch(odd.connections[0]?.bytes.toString('latin1') ?? '', /^expect:/im)
      odd.connections.length = 0
      const other = await dial(server)
      other.socket.write((await putHead(5, place, 'expect: 100-continue')).replace('Signature=', 'Signature=0'))
      await until(() => other.text.includes('HTTP/1.1 403'))
      assert.doesNotMatch(other.text, /100 Continue/)
      assert.equal(odd.connections.length, 0)
      other.socket.destroy()
    })
  })
})
