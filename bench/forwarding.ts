/**
 * `node bench/forwarding.ts`: objects of one megabyte through the gateway to a server behind it, beside the same server
 * reached directly, and beside the ceiling: through a process that copies bytes from one socket to another and looks at
 * none. Prints medians of turns that alternate, so that the machine's moods meet all three.
 */
import { spawn } from 'node:child_process'
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
const place = { Bucket: 'bench', Key: 'k' }
const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
// The product that is started inherits them; the setting names them.
Object.assign(process.env, { BENCH_KEY: keys.accessKeyId, BENCH_SECRET: keys.secretAccessKey })

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-forwarding-'))
const behind = await startProduct({ data: join(folder, 'behind') })
const row = {
  ...{ match: '*', endpoint: behind.endpoint },
  credentials: { accessKeyIdVariable: 'BENCH_KEY', secretAccessKeyVariable: 'BENCH_SECRET' },
}
const flags = ['--upstreams', JSON.stringify({ s3: [row] })]
const gateway = await startProduct({ data: join(folder, 'gateway'), flags })
const program = fileURLToPath(new URL('tcp-relay.ts', import.meta.url))
const relay = spawn(process.execPath, [program, String(behind.port)], { stdio: ['ignore', 'pipe', 'inherit'] })
const [port] = await once(relay.stdout, 'data')

const ways = [
  { name: 'directly', client: clientsFor(behind.endpoint, keys).s3 },
  { name: 'through a relay of bytes', client: clientsFor(`http://127.0.0.1:${String(port).trim()}`, keys).s3 },
  { name: 'through the gateway', client: clientsFor(gateway.endpoint, keys).s3 },
]
await ways[0]?.client.send(new CreateBucketCommand({ Bucket: place.Bucket }))
const Body = randomBytes(1024 * 1024)

const works: Readonly<Record<string, (client: S3Client) => Promise<unknown>>> = {
  put: (client) => client.send(new PutObjectCommand({ ...place, Body })),
  get: async (client) => (await client.send(new GetObjectCommand(place))).Body?.transformToByteArray(),
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0

for (const [name, work] of Object.entries(works)) {
  const times: number[][] = ways.map(() => [])
  for (let turn = 0; turn < turns + 30; turn++) {
    for (const [at, { client }] of ways.entries()) {
      const time = await timed(() => work(client))
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
  console.log(`${name} 1 MB: ${told.join(', ')}`)
}
relay.kill()
await gateway.end('SIGTERM')
await behind.end('SIGTERM')
rmSync(folder, { recursive: true, force: true })
process.exit(0)
