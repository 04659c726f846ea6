/**
 * `node bench/forwarding.ts`: objects of one megabyte through the gateway to a server behind it, beside the same server
 * reached directly. Prints medians of turns that alternate, so that the machine's moods meet both.
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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
const direct = clientsFor(behind.endpoint, keys).s3
const through = clientsFor(gateway.endpoint, keys).s3
await direct.send(new CreateBucketCommand({ Bucket: place.Bucket }))
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
  const times: [number[], number[]] = [[], []]
  for (let turn = 0; turn < turns + 30; turn++) {
    const pair = [await timed(() => work(direct)), await timed(() => work(through))] as const
    // The first turns compile what the later ones run.
    if (turn >= 30) for (const at of [0, 1] as const) times[at].push(pair[at])
  }
  const [alone, passed] = [median(times[0]), median(times[1])]
  const more = Math.round((passed / alone - 1) * 100)
  console.log(
    `${name} 1 MB: direct ${alone.toFixed(2)} ms, through the gateway ${passed.toFixed(2)} ms (${more} % more)`,
  )
}
await gateway.end('SIGTERM')
await behind.end('SIGTERM')
rmSync(folder, { recursive: true, force: true })
process.exit(0)
