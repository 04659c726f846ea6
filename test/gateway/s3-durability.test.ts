import assert from 'node:assert/strict'
import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { pino } from 'pino'
import { graceMs, sweepObjects } from '../../src/gateway/s3/sweep.ts'
import { startObjectSweeper } from '../../src/gateway/s3.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { clientsFor, startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { testWorld } from '../support/world.ts'

const Bucket = 'durable'
const folders: string[] = []
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-s3-'))
  folders.push(folder)
  return folder
}

async function startChild(folder: string): Promise<{ child: ChildProcess; endpoint: string; s3: S3Client }> {
  const child = fork(new URL('./s3-child.ts', import.meta.url), [folder])
  const [{ port }] = (await once(child, 'message')) as [{ port: number }]
  const endpoint = `http://localhost:${port}`
  return { child, endpoint, s3: clientsFor(endpoint, { accessKeyId: 'test', secretAccessKey: 'test' }).s3 }
}

const end = async (child: ChildProcess) => {
  const gone = once(child, 'exit')
  child.kill('SIGKILL')
  await gone
}

const filesIn = (folder: string): string[] => {
  const objects = join(folder, 'objects')
  try {
    return readdirSync(objects, { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map(({ name }) => name)
  } catch {
    return []
  }
}

test('a server that is killed while it takes objects keeps every acknowledged one, whole', async () => {
  const folder = newFolder()
  const { child, s3 } = await startChild(folder)
  await s3.send(new CreateBucketCommand({ Bucket }))
  const acknowledged = new Map<string, number>()
  let count = 0
  const writers = Array.from({ length: 8 }, async (_, writer) => {
    for (let round = 1; ; round++) {
      // Half of them small, half in files; each key is overwritten over and over.
      const size = writer % 2 ? 100_000 : 500
      const Key = `k${writer}`
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.alloc(size, round & 0xff) }))
      acknowledged.set(Key, round)
      count += 1
      if (count === 150) child.kill('SIGKILL')
    }
  })
  await Promise.all(writers.map((writer) => writer.catch(() => {})))
  const again = await startChild(folder)
  try {
    for (const [Key, round] of acknowledged) {
      const { Body } = await again.s3.send(new GetObjectCommand({ Bucket, Key }))
      const bytes = await Body!.transformToByteArray()
      // The one that was under way may have been committed without being acknowledged.
      assert.ok([round & 0xff, (round + 1) & 0xff].includes(bytes[0]!), `${Key}: ${bytes[0]} after ${round}`)
      assert.ok(bytes.every((byte) => byte === bytes[0]))
    }
    assert.equal(acknowledged.size, 8)
  } finally {
    await end(again.child)
  }
})

test('a server that is killed in the midst of a large put shows nothing of it, and the sweep leaves no file', async () => {
  const folder = newFolder()
  const { child, s3, endpoint } = await startChild(folder)
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'large', Body: Buffer.alloc(100_000, 'old') }))
  const link = new URL(await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key: 'large' }), { expiresIn: 60 }))
  const total = 64 * 1024 * 1024
  const socket = connect(Number(new URL(endpoint).port), '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`PUT ${link.pathname}${link.search} HTTP/1.1\r\nHost: ${link.host}\r\nContent-Length: ${total}\r\n\r\n`)
  const piece = Buffer.alloc(1024 * 1024, 'new')
  for (let sent = 0; sent < 40; sent++) if (!socket.write(piece)) await once(socket, 'drain')
  assert.equal(filesIn(folder).length, 2)
  await end(child)
  socket.destroy()

  const again = await startChild(folder)
  const { Body, ContentLength } = await again.s3.send(new GetObjectCommand({ Bucket, Key: 'large' }))
  assert.equal(ContentLength, 100_000)
  assert.ok((await Body!.transformToString()).startsWith('oldold'))
  await end(again.child)
  const database = await openSqlite(join(folder, 'poolhouse.db'))
  const world = await testWorld({ database, settings: { dataFolder: folder } })
  world.clock.advance(2 * graceMs)
  assert.equal(await sweepObjects(world), 1)
  assert.equal(filesIn(folder).length, 1)
  await world.close()
})

test('an upload and a download of 200 MB hold under 64 MB', async () => {
  const { child, s3 } = await startChild(newFolder())
  try {
    const weigh = async () => {
      child.send('weigh')
      return ((await once(child, 'message')) as [{ peak: number; now: number }])[0]
    }
    await s3.send(new CreateBucketCommand({ Bucket }))
    const piece = Buffer.alloc(1024 * 1024, 'x')
    const send = async (Key: string, pieces: number) => {
      const link = await getSignedUrl(s3, new PutObjectCommand({ Bucket, Key }), { expiresIn: 600 })
      const asked = request(link, { method: 'PUT', headers: { 'content-length': pieces * piece.length } })
      const answered = once(asked, 'response')
      Readable.from(
        (function* () {
          for (let i = 0; i < pieces; i++) yield piece
        })(),
      ).pipe(asked)
      const [answer] = await answered
      answer.resume()
      assert.equal(answer.statusCode, 200)
    }
    const take = async (Key: string) => {
      const link = await getSignedUrl(s3, new GetObjectCommand({ Bucket, Key }), { expiresIn: 600 })
      const md5 = createHash('md5')
      const answer = await fetch(link)
      for await (const bytes of answer.body!) md5.update(bytes)
      assert.equal(answer.headers.get('etag'), `"${md5.digest('hex')}"`)
    }
    await send('warm', 8)
    await take('warm')
    const { now: before } = await weigh()
    await send('large', 200)
    const up = await weigh()
    await take('large')
    const down = await weigh()
    const megabytes = (peak: number) => (peak - before) / 1024 / 1024
    assert.ok(megabytes(up.peak) < 64, `${megabytes(up.peak)} MB for the upload`)
    assert.ok(megabytes(down.peak) < 64, `${megabytes(down.peak)} MB for the download`)
  } finally {
    await end(child)
  }
})

let server: TestServer
before(async () => {
  server = await startTestServer()
  await server.clients.s3.send(new CreateBucketCommand({ Bucket }))
})
after(() => server.close())

test('an upload that its sender gives up leaves nothing', async () => {
  const { dataFolder } = server.world.settings
  const had = filesIn(dataFolder).length
  const link = new URL(
    await getSignedUrl(server.clients.s3, new PutObjectCommand({ Bucket, Key: 'given-up' }), { expiresIn: 60 }),
  )
  const socket = connect(Number(link.port), '127.0.0.1')
  socket.write(
    `PUT ${link.pathname}${link.search} HTTP/1.1\r\nHost: ${link.host}\r\nContent-Length: 10000000\r\n\r\n${'x'.repeat(100_000)}`,
  )
  await until(() => filesIn(dataFolder).length === had + 1)
  socket.destroy()
  await until(() => filesIn(dataFolder).length === had)
  await assert.rejects(
    server.clients.s3.send(new GetObjectCommand({ Bucket, Key: 'given-up' })),
    (error: Error) => error.name === 'NoSuchKey',
  )
})

test('the file of an overwritten or deleted object goes', async () => {
  const { s3 } = server.clients
  const { DeleteObjectCommand } = await import('@aws-sdk/client-s3')
  const { dataFolder } = server.world.settings
  const had = filesIn(dataFolder).length
  for (const byte of [1, 2, 3])
    await s3.send(new PutObjectCommand({ Bucket, Key: 'again', Body: Buffer.alloc(100_000, byte) }))
  assert.equal(filesIn(dataFolder).length, had + 1)
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'again' }))
  assert.equal(filesIn(dataFolder).length, had)
})

test('a reader of an object that is overwritten meanwhile reads the old one to its end', async () => {
  const { s3 } = server.clients
  await s3.send(new PutObjectCommand({ Bucket, Key: 'read', Body: Buffer.alloc(8_000_000, 1) }))
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: 'read' }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'read', Body: Buffer.alloc(100_000, 2) }))
  const bytes = await Body!.transformToByteArray()
  assert.equal(bytes.length, 8_000_000)
  assert.ok(bytes.every((byte) => byte === 1))
})

test('the sweeper removes old files without a row, parts of aborted uploads, and nothing else', async () => {
  const { s3 } = server.clients
  const { AbortMultipartUploadCommand, CreateMultipartUploadCommand, UploadPartCommand } = await import(
    '@aws-sdk/client-s3'
  )
  const { mkdirSync, utimesSync, writeFileSync } = await import('node:fs')
  const { world } = server
  const { dataFolder } = world.settings
  await s3.send(new PutObjectCommand({ Bucket, Key: 'stays', Body: Buffer.alloc(50_000) }))
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'aborted' }))
  await s3.send(new UploadPartCommand({ Bucket, Key: 'aborted', UploadId, PartNumber: 1, Body: Buffer.alloc(10) }))
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'aborted', UploadId }))
  const orphan = 'ab'.repeat(16)
  const young = 'ac'.repeat(16)
  for (const [name, age] of [
    [orphan, 2 * graceMs],
    [young, 0],
  ] as const) {
    mkdirSync(join(dataFolder, 'objects', name.slice(0, 2)), { recursive: true })
    const path = join(dataFolder, 'objects', name.slice(0, 2), name)
    writeFileSync(path, 'x')
    const then = (Date.now() - age) / 1000
    utimesSync(path, then, then)
  }
  const had = filesIn(dataFolder).length
  assert.equal(await sweepObjects(world), 1)
  assert.ok(!filesIn(dataFolder).includes(orphan) && filesIn(dataFolder).includes(young))
  world.clock.advance(graceMs + 1000)
  // The aborted part, and by now the young one too.
  assert.equal(await sweepObjects(world), 2)
  world.clock.advance(-graceMs - 1000)
  assert.equal(filesIn(dataFolder).length, had - 3)
  const { ContentLength } = await s3.send(new GetObjectCommand({ Bucket, Key: 'stays' }))
  assert.equal(ContentLength, 50_000)
  await startObjectSweeper(world).stop()
})

test('an object whose file is gone is an error, and a line in the log that says where to look', async () => {
  const lines: Record<string, unknown>[] = []
  const server = await startTestServer()
  const write = (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>)
  Object.assign(server.world, { log: pino({ level: 'error' }, { write }) })
  const s3 = clientsFor(server.endpoint, { accessKeyId: 'test', secretAccessKey: 'test' }).s3
  await s3.send(new CreateBucketCommand({ Bucket }))
  await s3.send(new PutObjectCommand({ Bucket, Key: 'large', Body: Buffer.alloc(100_000) }))
  rmSync(join(server.world.settings.dataFolder, 'objects'), { recursive: true })
  await assert.rejects(s3.send(new GetObjectCommand({ Bucket, Key: 'large' })), { name: 'InternalError' })
  assert.match(
    JSON.stringify(lines),
    /The file of an object of durable is missing: is `objects` of the data folder complete\?/,
  )
  await server.close()
})
