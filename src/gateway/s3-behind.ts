/**
 * Buckets of a server behind the gateway: what was allowed here is signed anew and passed on, a piece at a time both
 * ways. Of a body whose chunks or checksums are proved here, the last piece waits until all of it is proved.
 */
import { createHash } from 'node:crypto'
import { fail } from '../wire/errors.ts'
import type { Answer } from '../wire/http.ts'
import type { UpstreamServer, World } from '../world.ts'
import { encodeChunked, encodedLength, type Form, payloadName } from './forward/encode-chunked.ts'
import { pass, passAnswer, passedHeaders, type StreamBody } from './forward/pass.ts'
import { policiesMention } from './forward/policy-mentions.ts'
import { endpointOf, findUpstream } from './forward/upstreams.ts'
import { headerName, headerValue } from './s3/about.ts'
import { algorithms, badDigest } from './s3/checksums.ts'
import { broughtTags } from './s3/directives.ts'
import { openIncoming } from './s3/incoming.ts'
import { isParameter } from './s3/parameters.ts'
import { hideAbsence } from './s3/permission.ts'
import type { S3Request } from './s3/request.ts'
import { copySourceHeader, readSourceName } from './s3/source-name.ts'
import type { Elsewhere } from './s3.ts'
import { withoutExtensions } from './s3-behind/extensions.ts'
import { listBucketsBehind } from './s3-behind/list-buckets.ts'
import { openSource, tagsOf, write } from './s3-behind/objects.ts'
import { answerPreflight, originHeaders } from './s3-behind/origins.ts'
import { encodeKey, encodeSegment, isOwnPath, isSameServer, placeOf } from './s3-behind/place.ts'
import { drop, refuseRedirect } from './s3-behind/refusal.ts'
import { opening } from './s3-behind/stream.ts'

/** What was for us: our account as the owner, and how the body came. */
const notPassed =
  /^(?:content-length|x-amz-(?:expected-bucket-owner|source-expected-bucket-owner|decoded-content-length|trailer))$/

/** Documents that were read to decide about them: their bodies are whole, plain and printed anew. */
const documents = new Set(['DeleteObjects', 'PutObjectTagging', 'PutBucketNotificationConfiguration'])
const mostDocumentBytes = 4 * 1024 * 1024

/** Wider than AWS's rules for new buckets, and never more than one segment of a path or a part of a host. */
const isName = /^[A-Za-z0-9][\w.-]{0,254}$/

/** The buckets that `--upstreams` gives to another server; undefined where it gives none. */
export function bucketsBehind(world: World): Elsewhere | undefined {
  const { upstreams } = world.settings
  if (!upstreams.s3) return undefined
  const find = (bucket: string) => {
    const server = isName.test(bucket) ? findUpstream(upstreams, 's3', bucket) : undefined
    return server && isOwnPath(server, bucket) ? undefined : server
  }
  return {
    serves: (bucket) => find(bucket) !== undefined,
    together: (bucket, other) => isSameServer(find(bucket), find(other)),
    list: listBucketsBehind,
    openSource: (request, source, wants) =>
      openSource(known(request), find(source.bucket) as UpstreamServer, source, wants),
    tagsOf: (request, source) => tagsOf(request, find(source.bucket) as UpstreamServer, source),
    write: (request, object) => write(known(request), find(request.bucketName) as UpstreamServer, object),
    answer: (request, operation) => answer(request, operation, find(request.bucketName) as UpstreamServer),
    preflight: (call, bucket) => answerPreflight(world, call, find(bucket) as UpstreamServer, bucket),
    crossOrigin: (call, bucket) => originHeaders(world, call, find(bucket) as UpstreamServer, bucket),
  }
}

/** The parameters that were understood, each once; those of a link are gone: its signature, and headers that are headers again. */
const queryOf = (query: S3Request['query']): string =>
  [...query]
    .filter(([name]) => isParameter(name))
    .map(([name, value]) => `${encodeSegment(name)}=${encodeSegment(value)}`)
    .join('&')

const copies = new Set(['CopyObject', 'UploadPartCopy'])

/** Headers that were read, in a spelling of which nobody reads anything else; none of those that this operation has not. */
function reprinted({ headers }: S3Request, operation: string): Record<string, string> {
  const tags = Object.entries(broughtTags(headers) ?? {}).map((tag) => tag.map(encodeSegment).join('='))
  const tagging = { 'x-amz-tagging': tags.join('&') }
  const given = headers[copySourceHeader]
  if (given === undefined) return tagging
  if (!copies.has(operation)) return { ...tagging, [copySourceHeader]: '' }
  const { bucket, key, version } = readSourceName(given)
  const tail = version === undefined ? '' : `?versionId=${encodeSegment(version)}`
  return { ...tagging, [copySourceHeader]: `${bucket}/${encodeKey(key)}${tail}` }
}

async function answer(request: S3Request, operation: string, server: UpstreamServer): Promise<Answer> {
  const { world, call, bucketName, key, region } = known(request)
  const sent = await bodyOf(request, operation, server, region)
  const headers = Object.fromEntries(
    Object.entries({ ...passedHeaders(request.headers), ...reprinted(request, operation), ...sent.headers })
      .filter(([name, value]) => value !== '' && (Object.hasOwn(sent.headers, name) || !notPassed.test(name)))
      // Those of a link are text that was in its query.
      .map(([name, value]) => [headerName(name), headerValue(name, value)]),
  )
  const incoming = await pass(
    world,
    { server, service: 's3', region },
    {
      method: call.method,
      ...placeOf(server, bucketName, `/${encodeKey(key)}`),
      query: queryOf(request.query),
      headers: withoutExtensions(headers),
      ...(sent.body && { body: sent.body }),
      whenGone: call.whenGone,
    },
  )
  refuseRedirect(world, server, incoming)
  if (incoming.statusCode === 404 && (operation === 'GetObject' || operation === 'HeadObject')) {
    await hideAbsence(request, bucketName).catch((refusal: unknown) => {
      drop(incoming)
      throw refusal
    })
  }
  return passAnswer(incoming, call.method)
}

/** A Deny by the tags of an object must not be passed by because nobody knows them. */
const untold =
  'The policies ask for s3:ExistingObjectTag, and the tags of objects on a server behind the gateway are not known here.'

/** The request of a caller whose policies ask for nothing that is not known here. */
function known(request: S3Request): S3Request {
  if (!policiesMention(request.caller, /s3:existingobjecttag/i)) return request
  return fail('AccessDenied', 'Access Denied', { status: 403, explanation: untold })
}

type Sent = { readonly headers: Readonly<Record<string, string>>; readonly body?: StreamBody | Uint8Array }

async function bodyOf(request: S3Request, operation: string, server: UpstreamServer, region: string): Promise<Sent> {
  const { call, proof } = request
  if (documents.has(operation)) return documentOf(request)
  const length = call.headers['content-length']
  const streamed = call.headers['transfer-encoding'] !== undefined
  if (!streamed && (length === undefined || length === '0')) {
    return call.method === 'PUT' || call.method === 'POST' ? { headers: {}, body: Buffer.alloc(0) } : { headers: {} }
  }
  const payloadHash = proof?.payloadHash ?? 'UNSIGNED-PAYLOAD'
  if (payloadHash.startsWith('STREAMING-')) return chunkedOf(request, server, region)
  // The other server holds the bytes to the hash that it is sent, as to every checksum in a header; unsigned it is sent none.
  const raw = () =>
    server.keys ? call.body.iterator({ destroyOnReturn: false }) : holdLast(openIncoming(request).body)
  return {
    headers: { ...(length !== undefined && { 'content-length': length }) },
    body: { payloadHash, open: () => opening(raw) },
  }
}

/** What was said of the document as it came, and was held to it. */
const ofOtherBytes = Object.fromEntries(
  ['content-encoding', 'x-amz-sdk-checksum-algorithm', ...Object.values(algorithms).map(({ header }) => header)].map(
    (name) => [name, ''],
  ),
)

async function documentOf({ call }: S3Request): Promise<Sent> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of call.body) {
    size += (part as Buffer).length
    if (size > mostDocumentBytes) throw new RangeError('A document that was read before has grown.')
    parts.push(part as Buffer)
  }
  const body = Buffer.concat(parts)
  return { headers: { ...ofOtherBytes, 'content-md5': createHash('md5').update(body).digest('base64') }, body }
}

/** A chunked body: opened and proved here, sent as the other server can prove it, in chunks again or plain over TLS. */
function chunkedOf(request: S3Request, server: UpstreamServer, region: string): Sent {
  const { call } = request
  const incoming = openIncoming(request)
  const { claim, length = 0 } = incoming
  const secure = endpointOf(server, 's3', region).startsWith('https:')
  const row = claim?.inTrailer && server.trailers ? algorithms[claim.algorithm] : undefined
  const form: Form = {
    length,
    signed: !secure && server.keys !== undefined,
    trailer: row && {
      name: row.header,
      length: 4 * Math.ceil(row.length / 3),
      value: () => incoming.trailers.get(row.header) ?? '',
    },
  }
  const proved = () => holdLast(held(incoming))
  const encoding = (call.headers['content-encoding'] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '' && one.toLowerCase() !== 'aws-chunked')
  if (!form.signed && !form.trailer) {
    return {
      headers: { 'content-length': String(length), 'content-encoding': encoding.join(',') },
      body: { payloadHash: 'UNSIGNED-PAYLOAD', open: () => opening(proved) },
    }
  }
  return {
    headers: {
      'content-length': String(encodedLength(form)),
      'content-encoding': ['aws-chunked', ...encoding].join(','),
      'x-amz-decoded-content-length': String(length),
      ...(form.trailer && { 'x-amz-trailer': form.trailer.name }),
    },
    body: { payloadHash: payloadName(form), open: (seed) => opening(() => encodeChunked(proved(), form, seed)) },
  }
}

/** The bytes, and at their end the checksum that was promised after them. */
async function* held({ body, claim, trailers }: ReturnType<typeof openIncoming>): AsyncGenerator<Buffer> {
  const running = claim?.inTrailer ? algorithms[claim.algorithm].start() : undefined
  for await (const piece of body.iterator({ destroyOnReturn: false })) {
    running?.update(piece as Buffer)
    yield piece as Buffer
  }
  if (!claim || !running) return
  if (trailers.get(algorithms[claim.algorithm].header) !== running.digest().toString('base64'))
    badDigest(claim.algorithm)
}

/** Without its last piece a body is not whole, and the other server keeps nothing of it. */
async function* holdLast(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let last: Buffer | undefined
  for await (const piece of body) {
    if (last) yield last
    last = piece
  }
  if (last) yield last
}
