/** The name of a copy's source, as the header `x-amz-copy-source` has it. AWS: S3 API Reference, CopyObject. */
import { fail } from '../../wire/errors.ts'
import { decodeText, isBucketName } from './address.ts'
import { invalidArgument } from './refusals.ts'

export const copySourceHeader = 'x-amz-copy-source'

export type SourceName = { readonly bucket: string; readonly key: string; readonly version: string | undefined }

const wrongSource = (): never =>
  fail('InvalidArgument', 'Copy Source must mention the source bucket and key: sourcebucket/sourcekey', {
    status: 400,
    extra: { ArgumentName: copySourceHeader },
  })

/** A version's id is opaque; what could be read as more than one value is none. */
const versionForm = /^[\w.~+/=-]{1,1024}$/

/** Percent-encoded, with or without a slash before it, with or without a version after it. */
export function readSourceName(header = ''): SourceName {
  const mark = header.search(/\?versionId=/)
  const version = mark < 0 ? undefined : header.slice(mark + '?versionId='.length)
  if (version !== undefined && !versionForm.test(version)) {
    invalidArgument('Invalid version id specified', 'versionId', version.slice(0, 200))
  }
  const path = decodeText(mark < 0 ? header : header.slice(0, mark)).replace(/^\//, '')
  const slash = path.indexOf('/')
  const [bucket, key] = [path.slice(0, slash), path.slice(slash + 1)]
  if (slash < 1 || key === '' || key.includes('\0') || !isBucketName(bucket)) return wrongSource()
  return { bucket, key, version }
}
