/**
 * Where the log records of pools go: what the setting says for the ARN, otherwise a bucket of this server for the ARN of a
 * bucket, and for any other a file in the data folder.
 */
import { createHash, createHmac } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { SettingError } from '../config.ts'
import { writeObject } from '../gateway/s3/write.ts'
import type { World } from '../world.ts'

/** Posted as lines of JSON, signed as functions are. */
type HttpDestination = { readonly kind: 'http'; readonly url: string; readonly secret: string }
/** A path in the data folder, or an absolute one. */
type FileDestination = { readonly kind: 'file'; readonly path: string }
/** Firehose's own API, of AWS or of something that speaks it. */
type FirehoseDestination = {
  readonly kind: 'firehose'
  readonly endpoint: string
  readonly region: string | undefined
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

type Destination = HttpDestination | FileDestination | FirehoseDestination
export type Destinations = ReadonlyMap<string, Destination>

const refuse = (name: string, sentence: string): never => {
  throw new SettingError(`--log-destinations: ${name}: ${sentence}`)
}

/** The setting: a JSON file, or JSON itself, of ARNs, names or `*` to `{ url, secret }`, `{ file }` or `{ endpoint, … }`. */
export function readDestinations(setting: string | undefined): Destinations {
  if (setting === undefined) return new Map()
  const inline = setting.trimStart().startsWith('{')
  if (!inline && !existsSync(setting)) return refuse(setting, 'there is no such file.')
  let read: unknown
  try {
    read = JSON.parse(inline ? setting : readFileSync(setting, 'utf8'))
  } catch {
    return refuse(setting.slice(0, 80), 'is no JSON object.')
  }
  if (typeof read !== 'object' || read === null || Array.isArray(read))
    return refuse(setting.slice(0, 80), 'is no JSON object.')
  return new Map(Object.entries(read).map(([name, row]) => [name, readRow(name, row)]))
}

const kinds = {
  http: ['url', 'secret'],
  file: ['file'],
  firehose: ['endpoint', 'region', 'accessKeyId', 'secretAccessKey', 'sessionToken'],
} as const

function readRow(name: string, row: unknown): Destination {
  const given =
    typeof row === 'object' && row !== null ? (row as Record<string, unknown>) : refuse(name, 'must be an object.')
  const kind = 'url' in given ? 'http' : 'endpoint' in given ? 'firehose' : 'file'
  const known: readonly string[] = kinds[kind]
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) refuse(name, `there is no '${unknown}' here; there are ${known.join(', ')}.`)
  const optional = (key: string) => {
    const value = given[key]
    return value === undefined || (typeof value === 'string' && value !== '')
      ? value
      : refuse(name, `${key} must be text.`)
  }
  const text = (key: string) => optional(key) ?? refuse(name, `${key} is missing.`)
  const url = (key: string) =>
    /^https?:\/\//.test(text(key)) && URL.canParse(text(key))
      ? text(key)
      : refuse(name, `${key} is no http or https URL.`)
  if (kind === 'http') return { kind, url: url('url'), secret: text('secret') }
  if (kind === 'file') return { kind, path: text('file') }
  return {
    kind,
    endpoint: url('endpoint'),
    region: optional('region'),
    accessKeyId: text('accessKeyId'),
    secretAccessKey: text('secretAccessKey'),
    sessionToken: optional('sessionToken'),
  }
}

/** `arn:aws:logs:region:account:log-group:name`, `arn:aws:firehose:…:deliverystream/name`, `arn:aws:s3:::bucket` */
function partsOf(arn: string): { service: string; region: string; name: string } {
  const [, , service = '', region = '', , ...rest] = arn.split(':')
  const resource = rest.join(':').replace(/:\*$/, '')
  return { service, region, name: resource.replace(/^(log-group:|deliverystream\/)/, '') }
}

type Reach = Pick<World, 'fetch' | 'now'> & { readonly dataFolder: string }

/** Hands records, each a JSON text, to the destination of that ARN. Rejects when it does not take them all. */
export async function deliverTo(
  destinations: Destinations,
  world: World,
  arn: string,
  records: readonly string[],
): Promise<void> {
  const { service, region, name } = partsOf(arn)
  const reach: Reach = { fetch: world.fetch, now: () => world.now(), dataFolder: world.settings.dataFolder }
  const set = destinations.get(arn) ?? destinations.get(name) ?? destinations.get('*')
  if (set?.kind === 'http') return post(reach, set, arn, records)
  if (set?.kind === 'firehose') return putRecords(reach, set, set.region ?? region, name, records)
  const lines = records.map((record) => `${record}\n`).join('')
  if (set?.kind === 'file') return append(resolve(reach.dataFolder, set.path), lines)
  const [day = '', clock = ''] = new Date(world.now()).toISOString().split('T')
  if (service === 's3') {
    const key = `cognito-user-pool-logs/${day.replaceAll('-', '/')}/${clock.replace(/[:.]/g, '-')}-${world.random(6).toString('hex')}.jsonl`
    return writeObject(world, name, key, Buffer.from(lines), 'application/x-ndjson')
  }
  // A name is a folder of its own whatever it holds: nothing of it climbs out.
  const folder = `${service}-${encodeURIComponent(name).replaceAll('.', '%2E')}`.slice(0, 200)
  return append(join(reach.dataFolder, 'logs', folder, `${day}.jsonl`), lines)
}

async function append(path: string, lines: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await appendFile(path, lines, { mode: 0o600 })
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

async function post({ fetch, now }: Reach, { url, secret }: HttpDestination, arn: string, records: readonly string[]) {
  const body = `${records.join('\n')}\n`
  const timestamp = String(Math.floor(now() / 1000))
  const { status } = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-ndjson',
      'x-poolhouse-destination': arn,
      'x-poolhouse-timestamp': timestamp,
      'x-poolhouse-signature': `sha256=${hmac(secret, `${timestamp}.${body}`).toString('hex')}`,
    },
    body,
  })
  if (status < 200 || status > 299) throw new Error(`The log destination answered ${status}.`)
}

/** Firehose: PutRecordBatch, at most 500 records. A batch of which some were refused is refused whole: it is sent again. */
async function putRecords(
  { fetch, now }: Reach,
  to: FirehoseDestination,
  region: string,
  stream: string,
  records: readonly string[],
): Promise<void> {
  const body = JSON.stringify({
    DeliveryStreamName: stream,
    Records: records.map((record) => ({ Data: Buffer.from(`${record}\n`).toString('base64') })),
  })
  const target = 'Firehose_20150804.PutRecordBatch'
  const { status, body: answer } = await fetch(to.endpoint, {
    method: 'POST',
    headers: signed(to, region, { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' }, body, now()),
    body,
  })
  if (status !== 200) throw new Error(`Firehose answered ${status}.`)
  const { FailedPutCount: failed = 0 } = JSON.parse(answer.toString()) as { FailedPutCount?: number }
  if (failed > 0) throw new Error(`Firehose refused ${failed} of ${records.length} records.`)
}

/** The headers of a signed POST. AWS: "Create a signed AWS API request". */
function signed(
  { endpoint, accessKeyId, secretAccessKey, sessionToken }: FirehoseDestination,
  region: string,
  plain: Readonly<Record<string, string>>,
  body: string,
  now: number,
): Record<string, string> {
  const { host, pathname } = new URL(endpoint)
  const date = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '')
  const day = date.slice(0, 8)
  const headers: Record<string, string> = {
    ...plain,
    host,
    'x-amz-date': date,
    ...(sessionToken !== undefined && { 'x-amz-security-token': sessionToken }),
  }
  const names = Object.keys(headers).sort()
  const canonical = [
    ...['POST', pathname, ''],
    ...names.map((name) => `${name}:${headers[name]}`),
    ...['', names.join(';'), sha256(body)],
  ].join('\n')
  const scope = `${day}/${region}/firehose/aws4_request`
  const text = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n')
  const key = [region, 'firehose', 'aws4_request'].reduce(hmac, hmac(`AWS4${secretAccessKey}`, day))
  const signature = hmac(key, text).toString('hex')
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  }
}
