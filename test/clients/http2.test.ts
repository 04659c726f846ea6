/** HTTP/2 with clients of other people's making: AWS's SDK on its HTTP/2 handler, and curl, in the clear and over TLS. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { CognitoIdentityProviderClient, ListUserPoolsCommand } from '@aws-sdk/client-cognito-identity-provider'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { IAMClient, ListUsersCommand } from '@aws-sdk/client-iam'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListStreamsCommand,
  PutRecordCommand,
} from '@aws-sdk/client-kinesis'
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { Upload } from '@aws-sdk/lib-storage'
import { NodeHttp2Handler } from '@smithy/node-http-handler'
import kinesalite from 'kinesalite'
import { type Behind, listenBehind, upstream } from '../support/gateway.ts'
import { type HttpsServer, startHttpsServer } from '../support/https.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
const large = Buffer.alloc(10_000_000, 'ten megabytes ')

describe('a Kinesis client as it comes', () => {
  let behind: Behind
  let server: TestServer
  let kinesis: KinesisClient
  before(async () => {
    behind = await listenBehind(kinesalite({ createStreamMs: 0 }))
    server = await startTestServer({ settings: { upstreams: { kinesis: [upstream(behind.url)] } } })
    kinesis = new KinesisClient({ endpoint: server.endpoint, region: 'us-east-1', credentials: keys, maxAttempts: 1 })
  })
  after(async () => {
    kinesis.destroy()
    await server.close()
    await behind.close()
  })

  test('speaks HTTP/2, signs its :authority, and is served many requests at a time', async () => {
    const { metadata } = kinesis.config.requestHandler
    assert.equal(metadata?.handlerProtocol, 'h2')
    await kinesis.send(new CreateStreamCommand({ StreamName: 'many', ShardCount: 1 }))
    while ((await kinesis.send(new ListStreamsCommand({}))).StreamNames?.length !== 1);
    const numbers = Array.from({ length: 60 }, (_, index) => String(index))
    await Promise.all(
      numbers.map((one) =>
        kinesis.send(new PutRecordCommand({ StreamName: 'many', Data: Buffer.from(one), PartitionKey: one })),
      ),
    )
    const { ShardIterator } = await kinesis.send(
      new GetShardIteratorCommand({
        ...{ StreamName: 'many', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' },
      }),
    )
    const { Records = [] } = await kinesis.send(new GetRecordsCommand({ ShardIterator }))
    const got = Records.map(({ Data }) => Buffer.from(Data ?? []).toString())
    assert.deepEqual(got.sort(), numbers.sort())
  })

  test('is refused with wrong keys, in words it understands', async () => {
    const wrong = new KinesisClient({
      ...{ endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1 },
      credentials: { accessKeyId: 'test', secretAccessKey: 'wrong' },
    })
    await assert.rejects(wrong.send(new ListStreamsCommand({})), { name: 'InvalidSignatureException' })
    wrong.destroy()
  })
})

describe('over', () => {
  let server: HttpsServer
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-http2-'))
  const file = (name: string) => join(folder, name)
  before(async () => {
    server = await startHttpsServer()
    writeFileSync(file('ca.pem'), server.ca)
    writeFileSync(file('large'), large)
    await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'speedy' }))
  })
  after(async () => {
    await server.close()
    rmSync(folder, { recursive: true, force: true })
  })

  for (const scheme of ['http', 'https'] as const) {
    test(`${scheme}: the SDK’s clients of every protocol, on its HTTP/2 handler`, async () => {
      const config = {
        endpoint: scheme === 'http' ? server.endpoint : server.secure,
        ...{ region: 'us-east-1', credentials: keys, maxAttempts: 1 },
        requestHandler: new NodeHttp2Handler({ nodeHttp2ConnectOptions: { ca: server.ca } }),
      }
      const s3 = new S3Client({ ...config, forcePathStyle: true })
      await new CognitoIdentityProviderClient(config).send(new ListUserPoolsCommand({ MaxResults: 1 }))
      assert.match((await new STSClient(config).send(new GetCallerIdentityCommand({}))).Arn ?? '', /:root$/)
      await new IAMClient(config).send(new ListUsersCommand({}))
      await new DynamoDBClient(config).send(new ListTablesCommand({}))
      // Its S3 client was not made for HTTP/2, and sends a header that this has no place for.
      s3.middlewareStack.add(
        (next) => (args) => {
          delete (args.request as { headers: Record<string, string> }).headers['transfer-encoding']
          return next(args)
        },
        { step: 'finalizeRequest', priority: 'low' },
      )
      // In chunks with a trailer, whole, and in parts.
      const Bucket = 'speedy'
      const chunked = { Bucket, Key: 'chunked', Body: Readable.from([large]), ContentLength: large.length }
      await s3.send(new PutObjectCommand({ ...chunked, ChecksumAlgorithm: 'SHA256' }))
      await s3.send(new PutObjectCommand({ Bucket, Key: 'whole', Body: large }))
      await new Upload({ client: s3, params: { Bucket, Key: 'parts', Body: Readable.from([large]) } }).done()
      for (const Key of ['chunked', 'whole', 'parts']) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        assert.ok(large.equals(Buffer.from((await Body?.transformToByteArray()) ?? [])), Key)
        assert.equal((await s3.send(new HeadObjectCommand({ Bucket, Key }))).ContentLength, large.length)
      }
      await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'nothing' })), { name: 'NoSuchKey' })
      s3.destroy()
    })
  }

  const able = / HTTP2\b/.test(spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '')
  const skip = able ? false : 'curl is not installed, or cannot speak HTTP/2'
  const run = promisify(execFile)
  const curl = async (...args: string[]) => (await run('curl', ['-sS', '--max-time', '30', ...args])).stdout
  const ways = {
    http: { flags: ['--http2-prior-knowledge'], url: () => server.endpoint },
    https: { flags: ['--http2', '--cacert', file('ca.pem')], url: () => server.secure },
  }
  for (const [scheme, { flags, url }] of Object.entries(ways))
    test(`${scheme}: curl, with its own signatures, ten megabytes each way`, { skip }, async () => {
      const sign = ['--aws-sigv4', 'aws:amz:us-east-1:s3', '--user', 'test:test']
      const unsigned = ['-H', 'x-amz-content-sha256: UNSIGNED-PAYLOAD']
      const version = ['-w', '%{http_version} %{http_code}', '-o', file('got')]
      const object = `${url()}/speedy/curl-${scheme}`
      assert.equal(await curl(...flags, ...version, `${url()}/healthz`), '2 200')
      const put = await curl(...flags, ...sign, ...unsigned, ...version, '-T', file('large'), object)
      assert.equal(put, '2 200', readFileSync(file('got'), 'utf8'))
      assert.equal(await curl(...flags, ...sign, ...unsigned, ...version, object), '2 200')
      assert.ok(large.equals(readFileSync(file('got'))))
      assert.equal(await curl(...flags, ...version, '-I', `${url()}/healthz`), '2 200')
      assert.equal(await curl(...flags, ...version, '-T', file('large'), object), '2 403')
    })

  test('http: curl that would change to HTTP/2 on the way goes on in HTTP/1.1 (RFC 9113 3.1)', { skip }, async () => {
    const said = await curl('--http2', '-w', '%{http_version}', '-o', file('got'), `${server.endpoint}/healthz`)
    assert.equal(said, '1.1')
  })
})
