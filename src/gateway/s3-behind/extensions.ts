/** What servers behind do beyond S3 at a header's word, such as MinIO: nobody was asked whether the sender may. */
import { isReserved, spelledPlain } from '../reserved-headers.ts'
import { notImplemented } from '../s3/refusals.ts'

/** Unpacks an archive to whatever keys it names. MinIO: PutObjectExtract; AWS: Snowball, batching of small files. */
const unpacking = 'x-amz-meta-snowball-auto-extract'

/** CGI and its kin, Ceph RGW among them, read `x_amz_acl` as `x-amz-acl`, which was not sent when it was decided. Only metadata may be called so. */
const isExtension = (name: string) =>
  name.startsWith('x-minio-') ||
  isReserved(spelledPlain(name)) ||
  (spelledPlain(name) !== name && !name.startsWith('x-amz-meta-'))

/** The headers without those that are the server's own; refuses what would write other keys than the one that was asked about. */
export function withoutExtensions(headers: Readonly<Record<string, string>>): Record<string, string> {
  if (headers[unpacking] !== undefined) notImplemented(unpacking)
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !isExtension(name)))
}
