import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { eachEngine } from '../support/databases.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const Bucket = 'engines'

eachEngine((engine) => {
  const using = async (work: (server: TestServer) => Promise<void>) => {
    const server = await startTestServer({ database: await engine.open() })
    try {
      await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
      await work(server)
    } finally {
      await server.close()
    }
  }

  test('parallel writers, readers and completions of uploads always see whole objects', () =>
    using(async ({ clients: { s3 } }) => {
      const Key = 'contested'
      const put = (size: number, byte: number) =>
        s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, byte) }))
      const inParts = async (byte: number) => {
        const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }))
        const part = { Bucket, Key, UploadId }
        const { ETag } = await s3.send(
          new UploadPartCommand({ ...part, PartNumber: 1, Body: Buffer.alloc(30_000, byte) }),
        )
        const done = () =>
          s3.send(
            new CompleteMultipartUploadCommand({ ...part, MultipartUpload: { Parts: [{ ETag, PartNumber: 1 }] } }),
          )
        const outcomes = await Promise.allSettled([done(), done()])
        assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
      }
      await put(10, 0)
      const read = async () => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
        return Body!.transformToByteArray()
      }
      const writers = [1, 2, 3].flatMap((byte) => [put(10, byte), put(40_000, byte), inParts(byte)])
      const readers = Array.from({ length: 10 }, read)
      const seen = await Promise.all(readers)
      await Promise.all(writers)
      for (const bytes of [...seen, await read()]) {
        assert.ok([10, 30_000, 40_000].includes(bytes.length))
        assert.ok(bytes.every((byte) => byte === bytes[0]))
      }
    }))

  test('a bucket that is removed while it is written to keeps what was acknowledged', () =>
    using(async ({ clients: { s3 } }) => {
      const puts = Array.from({ length: 6 }, (_, index) =>
        s3.send(new PutObjectCommand({ Bucket, Key: `k${index}`, Body: Buffer.alloc(index % 2 ? 10 : 20_000) })),
      )
      const removal = s3.send(new DeleteBucketCommand({ Bucket }))
      const outcomes = await Promise.allSettled([...puts, removal])
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') assert.match(outcome.reason.name, /^(?:NoSuchBucket|BucketNotEmpty)$/)
      }
      const stored = outcomes.slice(0, -1).filter(({ status }) => status === 'fulfilled').length
      assert.equal(outcomes.at(-1)?.status === 'fulfilled', stored === 0)
    }))
})

test('a sender that asks first is refused before it sends its body', async () => {
  const server = await startTestServer()
  try {
    await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
    const { port } = new URL(server.endpoint)
    const told = await new Promise<{ status?: number; continued: boolean }>((resolve, reject) => {
      let continued = false
      const headers = { expect: '100-continue', 'content-length': '1000000' }
      const asked = request({ port, method: 'PUT', path: `/${Bucket}/k`, headers })
      asked.on('continue', () => {
        continued = true
      })
      asked.on('response', (answer) => {
        resolve({ status: answer.statusCode ?? 0, continued })
        asked.destroy()
      })
      asked.on('error', reject)
      asked.flushHeaders()
    })
    assert.deepEqual(told, { status: 403, continued: false })
  } finally {
    await server.close()
  }
})
