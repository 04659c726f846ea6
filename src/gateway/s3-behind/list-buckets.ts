/** The buckets of all servers behind: each server is asked once, and of its buckets those count that it serves here. */
import { AwsError, fail } from '../../wire/errors.ts'
import type { UpstreamServer, World } from '../../world.ts'
import { pass, readAnswer } from '../forward/pass.ts'
import { findUpstream } from '../forward/upstreams.ts'
import type { ListedBucket } from '../s3/elsewhere.ts'
import type { S3Request } from '../s3/request.ts'
import { readXml, textOf, type XmlNode } from '../s3/xml-body.ts'
import { identityOf, isSameServer } from './place.ts'
import { refusalOf, refuseRedirect } from './refusal.ts'

const mostBytes = 8 * 1024 * 1024
/** AWS: ListBuckets answers at most ten thousand at once, and an account has at most a million. */
const mostPages = 100

/** Refuses if a server cannot be asked: a list without its buckets would say that they are gone. */
export async function listBucketsBehind(request: S3Request): Promise<ListedBucket[]> {
  const { upstreams } = request.world.settings
  const rows = (upstreams.s3 ?? []).filter(({ keys }) => keys)
  // Of rows that name one server the first counts, as everywhere.
  const servers = [...Map.groupBy(rows, identityOf).values()].flatMap(([first]) => (first ? [first] : []))
  const lists = await Promise.all(
    servers.map(async (server) =>
      (await listServer(request, server)).filter(
        (bucket) => isSameServer(findUpstream(upstreams, 's3', bucket.name), server) && isReachable(server, bucket),
      ),
    ),
  )
  return lists.flat()
}

/** At AWS a bucket of another region than the one that is set would only redirect. */
const isReachable = ({ endpoint, region }: UpstreamServer, bucket: ListedBucket) =>
  endpoint !== 'aws' || region === undefined || bucket.region === region

async function listServer({ world, call, region }: S3Request, server: UpstreamServer): Promise<ListedBucket[]> {
  const found: ListedBucket[] = []
  let token: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const query = `max-buckets=1000${token === undefined ? '' : `&continuation-token=${encodeURIComponent(token)}`}`
    const incoming = await pass(
      world,
      { server, service: 's3', region },
      { method: 'GET', path: '/', query, headers: {}, whenGone: call.whenGone },
    )
    refuseRedirect(world, server, incoming)
    if (incoming.statusCode !== 200) {
      const refusal = await refusalOf(incoming)
      // Keys that may not list are an answer: the operator gave them no more.
      if (incoming.statusCode === 403) return notTold(world, server, refusal)
      throw refusal
    }
    const document = await readAnswer(incoming, mostBytes).catch(brokenOff)
    const read = readPage(document, server.region ?? region)
    found.push(...read.buckets)
    if (!read.token || read.token === token) return found
    token = read.token
  }
  return fail('ServiceUnavailable', 'A server behind lists buckets without end.', { status: 502 })
}

function notTold({ log }: World, { endpoint, match }: UpstreamServer, refusal: AwsError): ListedBucket[] {
  log.warn({ upstream: endpoint, match, code: refusal.code }, 'a server behind the gateway does not list its buckets')
  return []
}

const brokenOff = (error: unknown): never => {
  throw new AwsError('ServiceUnavailable', 'A server behind broke off the list of its buckets.', {
    status: 503,
    detail: String(error),
  })
}

function readPage(document: Buffer, region: string): { buckets: ListedBucket[]; token: string | undefined } {
  const root = readRoot(document)
  const buckets = (root.children['Buckets']?.[0]?.children['Bucket'] ?? []).map((bucket): ListedBucket => {
    const created = Date.parse(textOf(bucket, 'CreationDate') ?? '')
    return {
      name: textOf(bucket, 'Name') ?? '',
      region: textOf(bucket, 'BucketRegion') || region,
      created: Number.isNaN(created) ? undefined : created,
    }
  })
  return { buckets, token: textOf(root, 'ContinuationToken') }
}

function readRoot(document: Buffer): XmlNode {
  try {
    return readXml(document, 'ListAllMyBucketsResult')
  } catch (error) {
    throw new AwsError('ServiceUnavailable', 'A server behind answered nonsense for the list of its buckets.', {
      status: 502,
      detail: String(error),
    })
  }
}
