/** The source of a copy: which object is meant, whether the caller may read it, and its bytes as if they were sent. */
import { Readable } from 'node:stream'
import { fail } from '../../wire/errors.ts'
import type { Algorithm } from './checksums.ts'
import { noSuchBucket, shownVersion } from './commit.ts'
import { demandRead, holdToTags, type Target, tagsOf } from './object-rights.ts'
import { refuseAbsent } from './objects.ts'
import { checkSource, type Range, readRange } from './preconditions.ts'
import { findOpened, isMarker } from './reading.ts'
import type { Incoming } from './receive.ts'
import type { BucketRequest } from './request.ts'
import { copySourceHeader, readSourceName } from './source-name.ts'
import { findBucket, type ObjectRow, type Tags } from './store.ts'

/** What is copied, and the tags that the decision about it knew. */
export type Source = Target & { readonly judged: Tags | undefined }

/** The source that a request names, once the caller may read it. */
export async function findSource(request: BucketRequest): Promise<Source> {
  const { bucket: name, key, version } = readSourceName(request.headers[copySourceHeader])
  const bucket = name === request.bucket.name ? request.bucket : await findBucket(request.world.db, name)
  if (!bucket) return noSuchBucket(name)
  const target = { bucket, key, version }
  const judged = await tagsOf(request, target)
  await demandRead(request, target, judged)
  return { ...target, judged }
}

/** The source's bytes, all or a range, as a body to receive. */
export async function openSource(
  request: BucketRequest,
  source: Source,
  algorithm: Algorithm | undefined,
  rangeHeader?: string,
): Promise<{ incoming: Incoming; row: ObjectRow }> {
  const wanted = { bucket: source.bucket.name, name: source.key, version: source.version }
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
    await holdToTags(request, source, row, source.judged)
    checkSource(request.headers, row)
    return readSourceRange(rangeHeader, row.size)
  }
  const found = await findOpened(request.world, wanted, choose, (range) => range)
  if (!found) return refuseAbsent(request, source)
  const { row, chosen, bytes } = found
  const body = Buffer.isBuffer(bytes) ? Readable.from([bytes], { objectMode: false }) : bytes
  const incoming: Incoming = {
    body,
    length: chosen?.length ?? row.size,
    claim: undefined,
    md5: undefined,
    trailers: new Map(),
    algorithm,
  }
  return { incoming, row }
}

/** `bytes=first-last`, both named and inside the source. */
function readSourceRange(header: string | undefined, size: number): Range | undefined {
  if (header === undefined) return undefined
  const [, first, last] = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header) ?? []
  const extra = { ArgumentName: 'x-amz-copy-source-range', ArgumentValue: header }
  if (first === undefined || last === undefined || Number(last) < Number(first)) {
    const message =
      'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy'
    return fail('InvalidArgument', message, { status: 400, extra })
  }
  if (Number(last) >= size) {
    fail('InvalidArgument', `Range specified is not valid for source object of size: ${size}`, { status: 400, extra })
  }
  return readRange(header, size)
}

/** What answers tell of the version that was read. */
export const sourceHeaders = ({ bucket }: Source, row: ObjectRow): Record<string, string> => {
  const version = shownVersion(bucket, row.version)
  return version === undefined ? {} : { 'x-amz-copy-source-version-id': version }
}
