/**
 * Where the log records of pools go: what the setting says for the ARN, otherwise a bucket of this server for the ARN of a
 * bucket, and for any other a file in the data folder.
 */
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { jsonRows, readJsonSetting } from '../config/json.ts'
import { writeObject } from '../gateway/s3/write.ts'
import { postToAws } from '../outbound/aws.ts'
import { readDestination } from '../outbound/destination.ts'
import { postSigned } from '../outbound/signed-post.ts'
import type { AwsDestination, Destination, HttpDestination, World } from '../world.ts'

/** A path in the data folder, or an absolute one. */
type FileDestination = { readonly kind: 'file'; readonly path: string }
export type LogDestinations = ReadonlyMap<string, Destination | FileDestination>

const flag = '--log-destinations'

/** The setting: ARNs, names or `*` to `{ file }`, `{ url, secret }` for lines of JSON, or Firehose `{ endpoint, … }`. */
export function readLogDestinations(setting: string | undefined): LogDestinations {
  if (setting === undefined) return new Map()
  return new Map(
    jsonRows(flag, '', readJsonSetting(flag, setting)).map(([name, row]): [string, Destination | FileDestination] => {
      if (!('file' in row.members)) return [name, readDestination(row)]
      row.only(['file'])
      return [name, { kind: 'file', path: row.text('file') }]
    }),
  )
}

/** `arn:aws:logs:region:account:log-group:name`, `arn:aws:firehose:…:deliverystream/name`, `arn:aws:s3:::bucket` */
function partsOf(arn: string): { service: string; region: string; name: string } {
  const [, , service = '', region = '', , ...rest] = arn.split(':')
  const resource = rest.join(':').replace(/:\*$/, '')
  return { service, region, name: resource.replace(/^(log-group:|deliverystream\/)/, '') }
}

/** Hands records, each a JSON text, to the destination of that ARN. Rejects when it does not take them all. */
export async function deliverTo(
  destinations: LogDestinations,
  world: World,
  arn: string,
  records: readonly string[],
): Promise<void> {
  const { service, region, name } = partsOf(arn)
  const { dataFolder } = world.settings
  const set = destinations.get(arn) ?? destinations.get(name) ?? destinations.get('*')
  if (set?.kind === 'http') return post(world, set, arn, records)
  if (set?.kind === 'aws') return putRecords(world, set, region, name, records)
  const lines = records.map((record) => `${record}\n`).join('')
  if (set?.kind === 'file') return append(resolve(dataFolder, set.path), lines)
  const [day = '', clock = ''] = new Date(world.now()).toISOString().split('T')
  if (service === 's3') {
    const key = `cognito-user-pool-logs/${day.replaceAll('-', '/')}/${clock.replace(/[:.]/g, '-')}-${world.random(6).toString('hex')}.jsonl`
    return writeObject(world, name, key, Buffer.from(lines), 'application/x-ndjson')
  }
  // A name is a folder of its own whatever it holds: nothing of it climbs out.
  const folder = `${service}-${encodeURIComponent(name).replaceAll('.', '%2E')}`.slice(0, 200)
  return append(join(dataFolder, 'logs', folder, `${day}.jsonl`), lines)
}

async function append(path: string, lines: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await appendFile(path, lines, { mode: 0o600 })
}

type Reach = Pick<World, 'fetch' | 'now'>

async function post(reach: Reach, to: HttpDestination, arn: string, records: readonly string[]): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson', 'x-poolhouse-destination': arn }
  const { status } = await postSigned(reach, to, `${records.join('\n')}\n`, headers)
  if (status < 200 || status > 299) throw new Error(`The log destination answered ${status}.`)
}

/** Firehose: PutRecordBatch, at most 500 records. A batch of which some were refused is refused whole: it is sent again. */
async function putRecords(
  reach: Reach,
  to: AwsDestination,
  region: string,
  stream: string,
  records: readonly string[],
): Promise<void> {
  const body = JSON.stringify({
    DeliveryStreamName: stream,
    Records: records.map((record) => ({ Data: Buffer.from(`${record}\n`).toString('base64') })),
  })
  const headers = {
    'x-amz-target': 'Firehose_20150804.PutRecordBatch',
    'content-type': 'application/x-amz-json-1.1',
  }
  const { status, body: answer } = await postToAws(reach, to, { service: 'firehose', region, headers, body })
  if (status !== 200) throw new Error(`Firehose answered ${status}.`)
  const { FailedPutCount: failed = 0 } = JSON.parse(answer.toString()) as { FailedPutCount?: number }
  if (failed > 0) throw new Error(`Firehose refused ${failed} of ${records.length} records.`)
}
