/**
 * `node bench/forwarding.ts`: objects of one megabyte through the gateway to a server behind it, beside the same server
 * reached directly, and beside the ceiling: through a process that copies bytes from one socket to another and looks at
 * none. First with the server behind on this machine, where the gateway takes CPU time from it and from the client; then
 * as if it stood on another, at the end of a link. Prints medians of turns that alternate, so that the machine's moods
 * meet all ways.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { startProduct } from '../test/support/product.ts'
import { clientsFor } from '../test/support/server.ts'

const turns = 150
const linkMegabits = 1000
const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
// The product that is started inherits them; the setting names them.
Object.assign(process.env, { BENCH_KEY: keys.accessKeyId, BENCH_SECRET: keys.secretAccessKey })

const relays: ChildProcess[] = []

/** A process that copies bytes to the port; answers where it listens. */
async function startRelay(port: number | string, megabits = 0): Promise<string> {
  const program = fileURLToPath(new URL('tcp-relay.ts', import.meta.url))
  const relay = spawn(process.execPath, [program, String(port), String(megabits)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  relays.push(relay)
  const [said] = await once(relay.stdout, 'data')
  return `http://127.0.0.1:${String(said).trim()}`
}

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-forwarding-'))
const behind = await startProduct({ data: join(folder, 'behind') })
const link = await startRelay(behind.port, linkMegabits)
const rowOf = (match: string, endpoint: string) => ({
  ...{ match, endpoint },
  credentials: { accessKeyIdVariable: 'BENCH_KEY', secretAccessKeyVariable: 'BENCH_SECRET' },
})
const upstreams = { s3: [rowOf('near', behind.endpoint), rowOf('far', link)] }
const gateway = await startProduct({
  data: join(folder, 'gateway'),
  flags: ['--upstreams', JSON.stringify(upstreams)],
})

const clientOf = (endpoint: string) => clientsFor(endpoint, keys).s3
type Way = { readonly name: string; readonly client: S3Client }

async function waysTo(endpoint: string): Promise<Way[]> {
  return [
    { name: 'directly', client: clientOf(endpoint) },
    { name: 'through a relay of bytes', client: clientOf(await startRelay(new URL(endpoint).port)) },
    { name: 'through the gateway', client: clientOf(gateway.endpoint) },
  ]
}

const Body = randomBytes(1024 * 1024)
const works: Readonly<Record<string, (client: S3Client, Bucket: string) => Promise<unknown>>> = {
  put: (client, Bucket) => client.send(new PutObjectCommand({ Bucket, Key: 'k', Body })),
  get: async (client, Bucket) =>
    (await client.send(new GetObjectCommand({ Bucket, Key: 'k' }))).Body?.transformToByteArray(),
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

async function measure(bucket: string, endpoint: string): Promise<void> {
  const ways = await waysTo(endpoint)
  await ways[0]?.client.send(new CreateBucketCommand({ Bucket: bucket }))
  for (const [name, work] of Object.entries(works)) {
    const times: number[][] = ways.map(() => [])
    for (let turn = 0; turn < turns + 30; turn++) {
      for (const [at, { client }] of ways.entries()) {
        const time = await timed(() => work(client, bucket))
        // The first turns compile what the later ones run.
        if (turn >= 30) times[at]?.push(time)
      }
    }
    const medians = times.map(median)
    const told = ways.map((way, at) => {
      const time = medians[at] ?? 0
      const more = Math.round((time / (medians[0] ?? 0) - 1) * 100)
      return `${way.name} ${time.toFixed(2)} ms${at === 0 ? '' : ` (${more} % more)`}`
    })
    console.log(`  ${name} 1 MB: ${told.join(', ')}`)
  }
}

console.log('The server behind on this machine:')
await measure('near', behind.endpoint)
console.log(`The server behind a link of ${linkMegabits} megabits a second:`)
await measure('far', link)
for (const relay of relays) relay.kill()
await gateway.end('SIGTERM')
await behind.end('SIGTERM')
rmSync(folder, { recursive: true, force: true })
process.exit(0)
