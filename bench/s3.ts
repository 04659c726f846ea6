/** Scenarios of the embedded S3: small objects by the thousand, and large ones as streams. The memory column tells whether they stay streams. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { signRequest } from '../src/wire/sigv4-sign.ts'
import { madeOf } from './ceilings.ts'
import { drive, host, type Load, quantiles } from './load.ts'
import type { Bench, Scenario } from './scenario.ts'
import { signed } from './sign.ts'

const megabyte = Buffer.alloc(1024 * 1024, 'x')
const largeSize = 64
/** Few: each is sixty-four times a megabyte, and the load generator shares the machine. */
const largeLanes = 2

const pathOf = ({ workspace: { bucket, folder } }: Bench, name: string) =>
  `/${bucket}/${folder.replace(':', '%3A')}/${name}`

const signedHeaders = ({ workspace: { keys } }: Bench, method: string, path: string) =>
  signRequest({
    ...{ method, host, path, query: '', headers: {}, payloadHash: 'UNSIGNED-PAYLOAD', keys },
    ...{ region: 'us-east-1', service: 's3', now: Date.now() },
  }).headers

const answerOf = async (asked: ReturnType<typeof request>): Promise<IncomingMessage> => {
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  if (answer.statusCode !== 200) throw new Error(`The server answered ${answer.statusCode}`)
  return answer
}

async function putLarge(bench: Bench, name: string): Promise<void> {
  const path = pathOf(bench, name)
  const headers = { ...signedHeaders(bench, 'PUT', path), 'content-length': largeSize * megabyte.length }
  const asked = request({ port: bench.port, host: '127.0.0.1', method: 'PUT', path, headers })
  for (let sent = 0; sent < largeSize; sent++) if (!asked.write(megabyte)) await once(asked, 'drain')
  asked.end()
  for await (const _ of await answerOf(asked));
}

async function getLarge(bench: Bench, name: string): Promise<void> {
  const path = pathOf(bench, name)
  const headers = signedHeaders(bench, 'GET', path)
  let size = 0
  const asked = request({ port: bench.port, host: '127.0.0.1', path, headers }).end()
  for await (const piece of await answerOf(asked)) size += (piece as Buffer).length
  if (size !== largeSize * megabyte.length) throw new Error(`An object of ${size} bytes`)
}

/** Turns until the time is over, at least one in each lane. */
async function repeat(seconds: number, turn: (lane: number) => Promise<void>): Promise<Load> {
  const spans: number[] = []
  const start = performance.now()
  await Promise.all(
    Array.from({ length: largeLanes }, async (_, lane) => {
      do {
        const at = performance.now()
        await turn(lane)
        spans.push(performance.now() - at)
      } while (performance.now() < start + seconds * 1000)
    }),
  )
  return { turns: spans.length, seconds: (performance.now() - start) / 1000, ...quantiles(spans) }
}

/** How often a second the MD5 of so much is computed: an ETag costs that, whoever serves it. */
function md5PerSecond(): number {
  const start = performance.now()
  const md5 = createHash('md5')
  for (let done = 0; done < largeSize; done++) md5.update(megabyte)
  md5.digest()
  return 1000 / (performance.now() - start)
}

const smallGet = 'bench-4k'

export const s3Scenarios: readonly Scenario[] = [
  {
    name: 'S3 get of 4 KB, signed and by policy',
    floor: 1_000,
    aim: 3_000,
    ceiling: { name: 'node:http JSON answer', of: (ceilings) => madeOf(ceilings, { answers: 1 }) },
    async run(bench) {
      const { port, seconds, timed, workspace } = bench
      const path = pathOf(bench, smallGet)
      const lane = { lanes: 16, seconds }
      const put = { method: 'PUT', service: 's3', path, body: 'x'.repeat(4_096) }
      await drive(port, { lanes: 1, seconds: 1, most: 1 }, async (ask) => {
        await ask(signed(workspace.keys, put))
      })
      return timed(() =>
        drive(port, lane, async (ask) => {
          const { status, body } = await ask(signed(workspace.keys, { method: 'GET', service: 's3', path }))
          if (status !== 200 || body.length !== 4_096) throw new Error(`The server answered ${status}`)
        }),
      )
    },
  },
  {
    name: 'S3 put of 64 MB',
    floor: 1,
    ceiling: { name: 'MD5 of 64 MB', of: md5PerSecond },
    run: (bench) => bench.timed(() => repeat(bench.seconds, (lane) => putLarge(bench, `large-${lane}`))),
  },
  {
    name: 'S3 get of 64 MB',
    floor: 3,
    ceiling: { name: 'MD5 of 64 MB', of: md5PerSecond },
    async run(bench) {
      await putLarge(bench, 'large')
      return bench.timed(() => repeat(bench.seconds, () => getLarge(bench, 'large')))
    },
  },
]
