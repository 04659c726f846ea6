/** The source of a copy, kept here or on a server behind: whether the caller may read it, and its bytes as if they were sent. */
import { Readable } from 'node:stream'
import { fail } from '../../wire/errors.ts'
import { redirectHeader } from './about.ts'
import { readingsOfKey, refusePath } from './address.ts'
import { type Bucket, findBucket } from './buckets-store.ts'
import type { Algorithm } from './checksums.ts'
import { versionKeys } from './conditions.ts'
import type { Elsewhere, OpenedSource, WithElsewhere } from './elsewhere.ts'
import { demandRead, demandTagging, holdToTags, tagsOf } from './object-rights.ts'
import { refuseAbsent } from './objects.ts'
import type { ObjectRow } from './objects-store.ts'
import { checkOwner, demand, hideAbsence } from './permission.ts'
import { checkSource, type Range, readRange } from './preconditions.ts'
import { findOpened, isMarker } from './reading.ts'
import { largestPut } from './receive.ts'
import { noSuchBucket } from './refusals.ts'
import { type BucketRequest, objectArn, type S3Request } from './request.ts'
import { copySourceHeader, readSourceName, type SourceName } from './source-name.ts'
import { existingTagKeys, type Tags } from './tags.ts'
import { checkVersion, shownVersion } from './versions.ts'

/** What is copied. Of what is kept here: the tags that the decision about it knew. */
export type Source = { readonly name: SourceName } & (
  | { readonly bucket: Bucket; readonly judged: Tags | undefined }
  | { readonly elsewhere: Elsewhere }
)

/** The source that a request names, once the caller may read it. */
export async function findSource(request: S3Request & WithElsewhere & { readonly bucket?: Bucket }): Promise<Source> {
  const name = readSourceName(request.headers[copySourceHeader])
  const { elsewhere, headers, world } = request
  checkOwner(world, headers['x-amz-source-expected-bucket-owner'])
  if (elsewhere?.serves(name.bucket)) {
    await demandElsewhere(request, name)
    return { name, elsewhere }
  }
  checkVersion(name.version)
  const own = request.bucket?.name === name.bucket ? request.bucket : undefined
  const bucket = own ?? (await findBucket(world.db, name.bucket)) ?? noSuchBucket(name.bucket)
  const target = { ...name, bucket }
  const judged = await tagsOf(request, target)
  await demandRead(request, target, judged)
  return { name, bucket, judged }
}

/** Of an object on a server behind no tags are known. */
async function demandElsewhere(request: S3Request, { bucket, key, version }: SourceName): Promise<void> {
  refusePath(key)
  const action = version === undefined ? 's3:GetObject' : 's3:GetObjectVersion'
  for (const one of readingsOfKey(key))
    await demand(request, undefined, { action, resource: objectArn(bucket, one), more: versionKeys(version) })
}

/**
 * Tags that come along are tags that are read, and set. unproved: the right to read them; AWS's advice on refused copies
 * names it.
 */
export async function demandTagsAlong(
  request: S3Request & { readonly bucket?: Bucket },
  source: Source,
  tags: Tags | undefined,
): Promise<void> {
  if (tags === undefined) return
  const { bucket, key, version } = source.name
  await demand(request, 'bucket' in source ? source.bucket : undefined, {
    action: version === undefined ? 's3:GetObjectTagging' : 's3:GetObjectVersionTagging',
    resource: objectArn(bucket, key),
    more: { ...existingTagKeys(tags), ...versionKeys(version) },
  })
  await demandTagging(request, tags)
}

type Wants = {
  readonly algorithm?: Algorithm | undefined
  readonly range?: string | undefined
  readonly tags?: boolean
}

/** The source's bytes, all or a range, as a body to receive. */
export async function openSource(
  request: S3Request,
  source: Source,
  { algorithm, range, tags = false }: Wants,
): Promise<OpenedSource> {
  if (!('elsewhere' in source)) return openHere({ ...request, bucket: source.bucket }, source, { algorithm, range })
  if (range !== undefined) splitRange(range)
  const opened = await source.elsewhere.openSource(request, source.name, {
    range,
    tags,
    check(state) {
      checkSource(request.headers, state)
      if (range === undefined && state.size > largestPut) tooLarge()
    },
    hideAbsence: () => hideAbsence(request, source.name.bucket),
  })
  return { ...opened, incoming: { ...opened.incoming, algorithm } }
}

const tooLarge = (): never =>
  fail(
    'InvalidRequest',
    `The specified copy source is larger than the maximum allowable size for a copy source: ${largestPut}`,
    { status: 400 },
  )

type Here = Extract<Source, { bucket: Bucket }>

async function openHere(request: BucketRequest, source: Here, { algorithm, range }: Wants): Promise<OpenedSource> {
  const { bucket, judged } = source
  const { key, version } = source.name
  const target = { bucket, key, version }
  const choose = async (row: ObjectRow): Promise<Range | undefined> => {
    if (isMarker(row)) {
      fail(
        'InvalidRequest',
        'The source of a copy request may not specifically refer to a delete marker by version id.',
        {
          status: 400,
        },
      )
    }
    await holdToTags(request, target, row, judged)
    checkSource(request.headers, row)
    return readSourceRange(range, row.size)
  }
  const found = await findOpened(request.world, { bucket: bucket.name, name: key, version }, choose, (range) => range)
  if (!found) return refuseAbsent(request, target)
  const { row, chosen, bytes } = found
  const body = Buffer.isBuffer(bytes) ? Readable.from([bytes], { objectMode: false }) : bytes
  const length = chosen?.length ?? row.size
  return {
    incoming: { body, length, claim: undefined, md5: undefined, trailers: new Map(), algorithm },
    about: { ...row.about, headers: withoutRedirect(row.about.headers) },
    version: shownVersion(bucket, row.version),
  }
}

/** Where a website sends its visitors is told by each request anew. AWS: CopyObject, x-amz-website-redirect-location. */
const withoutRedirect = ({ [redirectHeader]: _, ...headers }: Readonly<Record<string, string>>) => headers

/** What is done with an opened source, which is closed however that ends. */
export async function closing<T>({ incoming }: OpenedSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } finally {
    incoming.body.destroy()
  }
}

/** `bytes=first-last`, both named and in order. */
function splitRange(header: string): { readonly last: number; readonly extra: Record<string, string> } {
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? []
  const extra = { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header }
  if (first === undefined || last === undefined || Number(last) < Number(first)) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
    return fail('InvalidArgument', message, { status: 400, extra })
  }
  return { last: Number(last), extra }
}

/** The range, inside the source. */
function readSourceRange(header: string | undefined, size: number): Range | undefined {
  if (header === undefined) return undefined
  const { last, extra } = splitRange(header)
  if (last >= size) {
    fail('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, { status: 400, extra })
  }
  return readRange(header, size)
}

/** What answers tell of the version that was read. */
export const sourceHeaders = ({ version }: Pick<OpenedSource, 'version'>): Record<string, string> =>
  version === undefined ? {} : { 'x-amz-copy-source-version-id': version }
