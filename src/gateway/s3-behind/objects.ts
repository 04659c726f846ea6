/** Objects on a server behind that the gateway itself reads and writes: for copies from one place to another, and for forms. */
import { Readable } from 'node:stream'
import { AwsError, fail } from '../../wire/errors.ts'
import type { UpstreamServer } from '../../world.ts'
import { answerHeaders, type Passing, pass, readAnswer } from '../forward/pass.ts'
import type { Incoming } from '../forward/pools.ts'
import { unquoted } from '../s3/answers.ts'
import type { CopyWants, OpenedSource } from '../s3/elsewhere.ts'
import type { Outgoing } from '../s3/outgoing.ts'
import type { S3Request } from '../s3/request.ts'
import type { SourceName } from '../s3/source-name.ts'
import { readTagging, type Tags } from '../s3/tags.ts'
import { withoutExtensions } from './extensions.ts'
import { encodeKey, encodeSegment, placeOf } from './place.ts'
import { drop, refusalOf, refuseRedirect } from './refusal.ts'
import { streamOf } from './stream.ts'

type About = OpenedSource['about']

/** One request about an object, signed with the server's keys; it ends with whoever it is made for. */
async function ask(
  { world, call: { whenGone }, region }: S3Request,
  server: UpstreamServer,
  { bucket, key }: Pick<SourceName, 'bucket' | 'key'>,
  passing: Omit<Passing, 'path' | 'subdomain' | 'whenGone'>,
): Promise<Incoming> {
  const place = placeOf(server, bucket, `/${encodeKey(key)}`)
  const incoming = await pass(world, { server, service: 's3', region }, { ...passing, ...place, whenGone })
  refuseRedirect(world, server, incoming)
  return incoming
}

/** Writes an object or a part; answers the headers of the answer. Refuses in the server's words. */
export async function write(
  request: S3Request,
  server: UpstreamServer,
  { query = '', headers, ...bytes }: Outgoing,
): Promise<Record<string, string>> {
  const { bucketName: bucket, key, region } = request
  const { 'content-encoding': encoding, ...described } = headers
  const sent = streamOf({ server, region }, bytes, encoding)
  const passing = {
    method: 'PUT',
    query,
    headers: { ...withoutExtensions(described), ...sent.headers },
    body: sent.body,
  }
  const incoming = await ask(request, server, { bucket, key }, passing)
  if (incoming.statusCode >= 300) throw await refusalOf(incoming)
  drop(incoming)
  return answerHeaders(incoming)
}

/** Headers that are the object's own; where a website sends its visitors instead is not copied. */
const kept = ['content-type', 'cache-control', 'content-disposition', 'content-encoding', 'content-language', 'expires']
const metaPrefix = 'x-amz-meta-'

function aboutOf(headers: Readonly<Record<string, string>>): About {
  const own = kept.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]]))
  const metadata = Object.entries(headers).filter(([name]) => name.startsWith(metaPrefix))
  return {
    headers: Object.fromEntries(own),
    metadata: Object.fromEntries(metadata.map(([name, value]) => [name.slice(metaPrefix.length), value])),
    checksums: {},
  }
}

/** `x-amz-copy-source-server-side-encryption-customer-…`: the keys of the source, under the names that a read has for them. */
const customerKeys = ({ headers }: S3Request): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      const [, rest] = /^x-amz-copy-source-(server-side-encryption-customer-[\w-]+)$/.exec(name) ?? []
      return rest === undefined || value === undefined ? [] : [[`x-amz-${rest}`, value]]
    }),
  )

const versionQuery = ({ version }: SourceName, prefix = '') =>
  version === undefined ? '' : `${prefix}versionId=${encodeSegment(version)}`

/** Opens an object, all or a range, as the body of a copy. The caller closes it. */
export async function openSource(
  request: S3Request,
  server: UpstreamServer,
  source: SourceName,
  { range, tags, check, hideAbsence }: CopyWants,
): Promise<OpenedSource> {
  const headers = { ...customerKeys(request), ...(range !== undefined && { range }) }
  const incoming = await ask(request, server, source, { method: 'GET', query: versionQuery(source), headers })
  const { statusCode: status } = incoming
  if (status !== 200 && status !== 206) {
    const refusal = await refusalOf(incoming)
    if (status === 404) await hideAbsence()
    if (status === 416 && range !== undefined) refuseRange(range)
    throw refusal
  }
  try {
    const told = answerHeaders(incoming)
    const length = lengthOf(told['content-length'])
    check({ etag: unquoted(told['etag'] ?? ''), modified: Date.parse(told['last-modified'] ?? '') || 0, size: length })
    if (range !== undefined && !answersRange(range, told['content-range'])) refuseRange(range)
    const tagged = tags && Number(told['x-amz-tagging-count'] ?? 0) > 0
    return {
      about: { ...aboutOf(told), ...(tagged && { tags: await readTags(await askTags(request, server, source)) }) },
      version: told['x-amz-version-id'],
      incoming: { body: readable(incoming), length, claim: undefined, md5: undefined, trailers: new Map() },
    }
  } catch (error) {
    drop(incoming)
    throw error
  }
}

function lengthOf(header: string | undefined): number {
  if (header !== undefined && /^\d{1,15}$/.test(header)) return Number(header)
  throw new AwsError('ServiceUnavailable', 'The server behind the source of this copy does not say how long it is.', {
    status: 502,
  })
}

/** Whether the answer is exactly the range that was asked for. */
const answersRange = (asked: string, told: string | undefined) =>
  told !== undefined && asked.slice('bytes='.length) === /^bytes (\d+-\d+)\//.exec(told)?.[1]

const refuseRange = (range: string): never =>
  fail('InvalidArgument', 'Range specified is not valid for source object', {
    status: 400,
    extra: { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: range },
  })

const longestTags = 64 * 1024

const askTags = (request: S3Request, server: UpstreamServer, source: SourceName): Promise<Incoming> =>
  ask(request, server, source, { method: 'GET', query: `tagging${versionQuery(source, '&')}`, headers: {} })

async function readTags(incoming: Incoming): Promise<Tags> {
  if (incoming.statusCode !== 200) throw await refusalOf(incoming)
  return readTagging(await readAnswer(incoming, longestTags), 'object')
}

/** An object that is not there, or a server that knows no tags, has none. Refuses where the tags cannot be known. */
export async function tagsOf(
  request: S3Request,
  server: UpstreamServer,
  source: SourceName,
): Promise<Tags | undefined> {
  const incoming = await askTags(request, server, source)
  if (incoming.statusCode === 404 || incoming.statusCode === 501) {
    drop(incoming)
    return undefined
  }
  const tags = await readTags(incoming)
  return Object.keys(tags).length > 0 ? tags : undefined
}

/** The bytes; if the server breaks them off, that is not the fault of whoever asked for the copy. */
function readable(incoming: Incoming): Readable {
  const bytes = Readable.from(
    (async function* () {
      try {
        yield* incoming.body
      } catch (error) {
        throw new AwsError('ServiceUnavailable', 'The server behind the source of this copy broke off its answer.', {
          status: 503,
          detail: String(error),
        })
      }
    })(),
    { objectMode: false },
  )
  incoming.body.on('error', () => {})
  bytes.once('close', () => incoming.body.destroy())
  return bytes
}
