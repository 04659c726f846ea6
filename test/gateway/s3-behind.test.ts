/** Buckets of a server behind the gateway: allowed here, kept there; and what happens when that server misbehaves. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer, type Server, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { makePeople, type People, type Person, self, upstream } from '../support/gateway.ts'
import { document } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test1 = { accessKeyId: 'test', secretAccessKey: 'test' }
const own = document(
  {
    Effect: 'Allow',
    Action: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
    Resource: `arn:aws:s3:::far-photos/${self}/*`,
  },
  {
    Effect: 'Allow',
    Action: 's3:ListBucket',
    Resource: 'arn:aws:s3:::far-photos',
    Condition: { StringLike: { 's3:prefix': `${self}/*` } },
  },
)

describe('buckets of a server behind the gateway', { timeout: 120_000 }, () => {
  let outside: TestServer
  let server: TestServer
  let people: People
  let me: Person
  let you: Person
  let mine: S3Client

  before(async () => {
    outside = await startTestServer({ settings: { account: '999999999999' } })
    server = await startTestServer({
      settings: { upstreams: { s3: [upstream(outside.endpoint, { match: 'far-*', keys: test1 })] } },
    })
    await outside.clients.s3.send(new CreateBucketCommand({ Bucket: 'far-photos' }))
    people = await makePeople(server)
    ;[me, you] = await Promise.all([people.join(), people.join()])
    await people.allow(own)
    mine = new S3Client({ ...me.config, forcePathStyle: true })
  })
  after(async () => {
    mine?.destroy()
    await server?.close()
    await outside?.close()
  })
  const at = (name: string, person = me) => ({ Bucket: 'far-photos', Key: `${person.identityId}/${name}` })
  const bytesOf = async (place: { Bucket: string; Key: string }) =>
    Buffer.from((await (await mine.send(new GetObjectCommand(place))).Body?.transformToByteArray()) ?? [])

  test('an object goes there with its headers, metadata and odd name, and comes back; nothing stays here', async () => {
    const place = at("a b/ü+(1)'*!%2F..txt")
    const put = await mine.send(
      new PutObjectCommand({ ...place, Body: 'hello', ContentType: 'text/plain', Metadata: { who: 'me' } }),
    )
    const got = await mine.send(new GetObjectCommand(place))
    assert.equal(await got.Body?.transformToString(), 'hello')
    assert.deepEqual([got.ContentType, got.Metadata, got.ETag], ['text/plain', { who: 'me' }, put.ETag])
    const there = await outside.clients.s3.send(new HeadObjectCommand(place))
    assert.equal(there.ETag, put.ETag)
    await assert.rejects(server.clients.s3.send(new GetObjectCommand({ ...place, Bucket: 'near' })), {
      name: 'NoSuchBucket',
    })
    const empty = at('empty')
    await mine.send(new PutObjectCommand({ ...empty, Body: '' }))
    assert.equal((await bytesOf(empty)).length, 0)
    const range = await mine.send(new GetObjectCommand({ ...place, Range: 'bytes=1-2' }))
    assert.equal(await range.Body?.transformToString(), 'el')
  })

  test('streams of many pieces, in parts and with checksums after them, arrive whole', async () => {
    const body = randomBytes(1_500_001)
    const place = at('stream')
    const sums = await mine.send(
      new PutObjectCommand({
        ...place,
        ...{ Body: Readable.from([body.subarray(0, 700_000), body.subarray(700_000)]), ContentLength: body.length },
        ChecksumAlgorithm: 'SHA256',
      }),
    )
    assert.equal(sums.ChecksumSHA256, createHash('sha256').update(body).digest('base64'))
    assert.ok((await bytesOf(place)).equals(body))
    const large = randomBytes(11 * 1024 * 1024)
    await new Upload({ client: mine, params: { ...at('large'), Body: Readable.from([large]) }, queueSize: 2 }).done()
    assert.ok((await bytesOf(at('large'))).equals(large))
  })

  test("what is somebody else's is denied here, in S3's words, and never asked there", async () => {
    const denied = (action: string) => (error: Error) => {
      assert.equal(error.name, 'AccessDenied')
      assert.match(
        error.message,
        new RegExp(
          `is not authorized to perform: s3:${action} on resource: "arn:aws:s3:::far-photos.* because no identity-based policy allows the s3:${action} action`,
        ),
      )
      return true
    }
    await assert.rejects(mine.send(new PutObjectCommand({ ...at('x', you), Body: 'x' })), denied('PutObject'))
    await assert.rejects(mine.send(new GetObjectCommand(at('x', you))), denied('GetObject'))
    await assert.rejects(mine.send(new ListObjectsV2Command({ Bucket: 'far-photos' })), denied('ListBucket'))
    await assert.rejects(
      mine.send(new CopyObjectCommand({ ...at('copy'), CopySource: `far-photos/${you.identityId}/x` })),
      denied('GetObject'),
    )
    await assert.rejects(
      mine.send(
        new DeleteObjectsCommand({
          Bucket: 'far-photos',
          Delete: { Objects: [{ Key: at('a').Key }, { Key: at('a', you).Key }] },
        }),
      ),
      denied('DeleteObject'),
    )
    // Not there, and not to be known: they may not list.
    await assert.rejects(mine.send(new GetObjectCommand(at('nothing'))), { name: 'AccessDenied' })
  })

  test('whose policies ask for the tags that objects have, of which nobody knows here, is refused', async () => {
    await people.allow(
      document(
        { Effect: 'Allow', Action: 's3:*', Resource: '*' },
        {
          ...{ Effect: 'Deny', Action: 's3:GetObject', Resource: '*' },
          Condition: { StringEquals: { 's3:ExistingObjectTag/secret': 'yes' } },
        },
      ),
    )
    await assert.rejects(mine.send(new GetObjectCommand(at('empty'))), { name: 'AccessDenied' })
    await people.allow(own)
    assert.equal((await bytesOf(at('empty'))).length, 0)
  })

  test('lists, copies, deletes and presigned links work on what is theirs', async () => {
    await mine.send(new PutObjectCommand({ ...at('folder/one'), Body: '1' }))
    await mine.send(new CopyObjectCommand({ ...at('folder/two'), CopySource: `far-photos/${at('folder/one').Key}` }))
    const Prefix = `${me.identityId}/folder/`
    const list = await mine.send(new ListObjectsV2Command({ Bucket: 'far-photos', Prefix }))
    assert.deepEqual(
      list.Contents?.map(({ Key }) => Key),
      [`${Prefix}one`, `${Prefix}two`],
    )
    const link = await getSignedUrl(mine, new PutObjectCommand({ ...at('linked'), Metadata: { by: 'link' } }))
    assert.equal((await fetch(link, { method: 'PUT', body: 'linked' })).status, 200)
    const read = await getSignedUrl(mine, new GetObjectCommand({ ...at('linked'), ResponseContentType: 'text/x' }))
    const answer = await fetch(read)
    assert.deepEqual(
      [await answer.text(), answer.headers.get('content-type'), answer.headers.get('x-amz-meta-by')],
      ['linked', 'text/x', 'link'],
    )
    const gone = await mine.send(
      new DeleteObjectsCommand({
        Bucket: 'far-photos',
        Delete: { Objects: [{ Key: `${Prefix}one` }, { Key: `${Prefix}two` }] },
      }),
    )
    assert.equal(gone.Deleted?.length, 2)
  })

  test("a page's question is answered by the rules that the bucket has there", async () => {
    await outside.clients.s3.send(
      new PutBucketCorsCommand({
        Bucket: 'far-photos',
        CORSConfiguration: {
          CORSRules: [{ AllowedOrigins: ['https://app.example'], AllowedMethods: ['PUT'], AllowedHeaders: ['*'] }],
        },
      }),
    )
    const asked = (origin: string) =>
      fetch(`${server.endpoint}/far-photos/x`, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'x-amz-date' },
      })
    const allowed = await asked('https://app.example')
    assert.deepEqual([allowed.status, allowed.headers.get('access-control-allow-origin')], [200, 'https://app.example'])
    assert.equal((await asked('https://other.example')).status, 403)
  })

  test('a body that is not what its checksum says is kept nowhere', async () => {
    const place = at('wrong')
    const broken = new S3Client({ ...me.config, forcePathStyle: true })
    broken.middlewareStack.add(
      (next) => async (args) => {
        const request = args.request as { headers: Record<string, string>; body: Readable }
        const parts: Buffer[] = []
        for await (const part of request.body) parts.push(Buffer.from(part as Buffer))
        request.body = Readable.from([Buffer.concat(parts).toString('latin1').replace('hello', 'HELLO')])
        return next(args)
      },
      { step: 'finalizeRequest', priority: 'low', name: 'break' },
    )
    await assert.rejects(
      broken.send(new PutObjectCommand({ ...place, Body: Readable.from([Buffer.from('hello')]), ContentLength: 5 })),
      { name: 'BadDigest' },
    )
    broken.destroy()
    await assert.rejects(outside.clients.s3.send(new HeadObjectCommand(place)), { name: 'NotFound' })
  })

  describe('a server that', () => {
    let sockets: Set<Socket>
    let odd: Server
    let behave: (socket: Socket) => void = () => {}
    let asked = 0
    let client: S3Client
    let gateway: TestServer

    before(async () => {
      sockets = new Set()
      odd = createServer((socket) => {
        sockets.add(socket)
        socket.on('error', () => {})
        socket.once('data', () => {
          asked++
          behave(socket)
        })
      })
      odd.listen(0, '127.0.0.1')
      await once(odd, 'listening')
      const url = `http://127.0.0.1:${(odd.address() as AddressInfo).port}`
      gateway = await startTestServer({
        settings: { upstreams: { s3: [upstream(url, { responseTimeoutMs: 400, idleTimeoutMs: 400 })] } },
      })
      client = new S3Client({
        ...{ endpoint: gateway.endpoint, region: 'us-east-1', credentials: test1 },
        ...{ forcePathStyle: true, maxAttempts: 1 },
      })
    })
    after(async () => {
      client.destroy()
      await gateway.close()
      for (const socket of sockets) socket.destroy()
      odd.close()
    })
    const get = () => client.send(new GetObjectCommand({ Bucket: 'b-1', Key: 'k' }))
    const put = () => client.send(new PutObjectCommand({ Bucket: 'b-1', Key: 'k', Body: randomBytes(3_000_000) }))
    const statusIs = (status: number) => (error: { $metadata?: { httpStatusCode?: number } }) =>
      error.$metadata?.httpStatusCode === status

    test('never answers is given up in its time, and the caller is told', async () => {
      behave = () => {}
      await assert.rejects(get(), statusIs(504))
      await assert.rejects(put(), (error: Error) =>
        /ServiceUnavailable|reset|hang up|EPIPE/.test(`${error.name} ${error.message}`),
      )
    })

    test('answers nonsense is no answer, and what may have changed something is not asked twice', async () => {
      behave = (socket) => void socket.end('SSH-2.0-nonsense\r\n')
      await assert.rejects(get(), statusIs(503))
      asked = 0
      behave = (socket) => void socket.destroy()
      await assert.rejects(client.send(new PutObjectCommand({ Bucket: 'b-1', Key: 'k', Body: 'x' })), statusIs(503))
      assert.equal(asked, 1)
    })

    test('closes a connection before it answers a read is asked again', async () => {
      asked = 0
      behave = (socket) => {
        if (asked === 1) socket.destroy()
        else socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok')
      }
      assert.equal(await (await get()).Body?.transformToString(), 'ok')
      assert.equal(asked, 2)
    })

    test('dies or hangs in the middle of a body breaks the connection: half an object is never a whole one', async () => {
      const head = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'
      for (const end of [(socket: Socket) => socket.destroy(), () => {}]) {
        behave = (socket) => {
          socket.write(head)
          setTimeout(() => end(socket), 50)
        }
        const { Body } = await get()
        await assert.rejects(Body?.transformToString() ?? Promise.resolve())
      }
    })

    test('refuses is heard in its own words', async () => {
      const text = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
      behave = (socket) =>
        void socket.end(
          `HTTP/1.1 503 Slow Down\r\ncontent-type: application/xml\r\ncontent-length: ${text.length}\r\n\r\n${text}`,
        )
      await assert.rejects(get(), { name: 'SlowDown', message: 'Please reduce your request rate.' })
    })

    test('is not there at all is a refusal, not a wait', async () => {
      const nobody = await startTestServer({ settings: { upstreams: { s3: [upstream('http://127.0.0.1:9')] } } })
      const there = nobody.clients.s3
      await assert.rejects(there.send(new GetObjectCommand({ Bucket: 'b-1', Key: 'k' })), statusIs(503))
      await nobody.close()
    })
  })
})
