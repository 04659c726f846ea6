/** Copies to a bucket that another server keeps, of what that server does not keep: read in one place, written in the other. */
import type { Answer } from '../../wire/http.ts'
import { readAbout } from './about.ts'
import { xmlAnswer, xmlTime } from './answers.ts'
import { algorithms } from './checksums.ts'
import { askedAlgorithm } from './copy.ts'
import { closing, demandTagsAlong, findSource, openSource, sourceHeaders } from './copy-source.ts'
import { replaces } from './directives.ts'
import type { Elsewhere, OpenedSource, WithElsewhere } from './elsewhere.ts'
import { demandTagging } from './object-rights.ts'
import { describeOutgoing, passedHeaders, toldOfWrite } from './outgoing.ts'
import type { S3Request } from './request.ts'
import { readTagHeader } from './tags.ts'

export type CopyElsewhere = (request: S3Request & WithElsewhere, elsewhere: Elsewhere) => Promise<Answer>

const bytesOf = ({ incoming }: OpenedSource) => ({
  length: incoming.length,
  bytes: incoming.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>,
})

export const copyObjectElsewhere: CopyElsewhere = async (request, elsewhere) => {
  const { headers } = request
  const replace = replaces(headers, 'metadata')
  // Which classes there are is for the server to say.
  const own = readAbout({ ...headers, 'x-amz-storage-class': undefined })
  const ownTags = replaces(headers, 'tagging') ? (readTagHeader(headers['x-amz-tagging']) ?? {}) : undefined
  const algorithm = askedAlgorithm(headers)
  const source = await findSource(request)
  await demandTagging(request, ownTags)
  const opened = await openSource(request, source, { tags: ownTags === undefined })
  return closing(opened, async () => {
    const tags = ownTags ?? opened.about.tags
    if (ownTags === undefined) await demandTagsAlong(request, source, tags)
    const described = describeOutgoing(headers, replace ? own : opened.about, tags)
    const written = await elsewhere.write(request, { headers: described, ...bytesOf(opened), algorithm })
    return copyAnswer('CopyObjectResult', request, opened, written)
  })
}

export const copyPartElsewhere: CopyElsewhere = async (request, elsewhere) => {
  const { headers, query } = request
  const source = await findSource(request)
  const opened = await openSource(request, source, { range: headers['x-amz-copy-source-range'] })
  return closing(opened, async () => {
    const place = ['partNumber', 'uploadId'].map((name) => `${name}=${encodeURIComponent(query.get(name) ?? '')}`)
    const described = passedHeaders(headers, /^x-amz-server-side-encryption-customer-[\w-]+$/)
    const written = await elsewhere.write(request, { query: place.join('&'), headers: described, ...bytesOf(opened) })
    return copyAnswer('CopyPartResult', request, opened, written)
  })
}

/** The document that a copy is answered with, made of the headers that a write is answered with. */
function copyAnswer(
  root: 'CopyObjectResult' | 'CopyPartResult',
  { world }: S3Request,
  opened: OpenedSource,
  written: Readonly<Record<string, string>>,
): Answer {
  // A write does not say when it was: the clock of the server that did it does.
  const at = Date.parse(written['date'] ?? '') || world.now()
  const sums = Object.values(algorithms).flatMap(({ header, element }) =>
    written[header] === undefined ? [] : [[element, written[header]]],
  )
  const type = written['x-amz-checksum-type']
  return xmlAnswer(
    root,
    {
      LastModified: xmlTime(at),
      ETag: written['etag'] ?? '',
      ...Object.fromEntries(sums),
      ...(root === 'CopyObjectResult' && type !== undefined && { ChecksumType: type }),
    },
    { ...toldOfWrite(written), ...sourceHeaders(opened) },
  )
}
