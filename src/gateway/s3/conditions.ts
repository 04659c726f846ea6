/** S3's own condition keys and where each comes from. AWS: Service Authorization Reference, "Amazon S3". */
import type { Keys } from '../../iam/request-context.ts'
import { broughtTags } from './directives.ts'
import type { S3Request } from './request.ts'
import { copySourceHeader, readSourceName } from './source-name.ts'
import { requestTagKeys } from './tags.ts'

type Source = { readonly query: string; readonly otherwise?: string } | { readonly header: string }

const header = (name: string): readonly [string, Source] => [`s3:${name}`, { header: name }]
const query = (name: string, key = name): readonly [string, Source] => [`s3:${key}`, { query: name }]

/** Always there, whatever was asked. AWS: IAM User Guide, "Condition operators", Numeric; S3 API Reference, ListObjectsV2. */
const maxKeys: readonly [string, Source] = ['s3:max-keys', { query: 'max-keys', otherwise: '1000' }]

/** The keys of each kind of action. An absent header or parameter makes an absent key, an empty one an empty value. */
const groups = {
  list: [query('prefix'), query('delimiter'), maxKeys],
  version: [query('versionId', 'versionid')],
  create: [
    header('x-amz-acl'),
    header('x-amz-object-ownership'),
    header('x-amz-grant-full-control'),
    header('x-amz-grant-read'),
    header('x-amz-grant-read-acp'),
    header('x-amz-grant-write'),
    header('x-amz-grant-write-acp'),
  ],
  write: [
    header('x-amz-acl'),
    header('x-amz-grant-full-control'),
    header('x-amz-grant-read'),
    header('x-amz-grant-read-acp'),
    header('x-amz-grant-write'),
    header('x-amz-grant-write-acp'),
    header('x-amz-server-side-encryption'),
    header('x-amz-server-side-encryption-aws-kms-key-id'),
    header('x-amz-server-side-encryption-customer-algorithm'),
    header('x-amz-storage-class'),
    header('x-amz-metadata-directive'),
    header('x-amz-website-redirect-location'),
    header('if-match'),
    header('if-none-match'),
  ],
  remove: [header('if-match')],
  // Those of the tags that an object has: whoever asks looks them up.
  existing: [],
} as const satisfies Record<string, readonly (readonly [string, Source])[]>

export type KeyGroup = keyof typeof groups

/** The keys of a request for an action of these kinds. */
export function conditionKeys(request: S3Request, kinds: readonly KeyGroup[] = []): Keys {
  const keys: Record<string, string | readonly string[]> = { 's3:ResourceAccount': request.world.settings.account }
  const { proof, authType } = request
  if (authType !== undefined) {
    keys['s3:authType'] = authType
    keys['s3:signatureversion'] = 'AWS4-HMAC-SHA256'
  }
  if (proof) {
    keys['s3:signatureAge'] = String(Math.max(0, request.world.now() - readBasicTime(proof.date)))
    keys['s3:x-amz-content-sha256'] = proof.payloadHash
  }
  for (const kind of kinds) {
    for (const [key, source] of groups[kind]) {
      const value =
        'query' in source ? (request.query.get(source.query) ?? source.otherwise) : request.headers[source.header]
      if (value !== undefined) keys[key] = value
    }
  }
  if (kinds.includes('write')) {
    Object.assign(keys, requestTagKeys(broughtTags(request.headers)), sourceKeys(request))
  }
  return keys
}

/** The key of a version that stands elsewhere than in the query: of a copy's source, of one key of many. */
export const versionKeys = (version: string | undefined): Keys =>
  version === undefined ? {} : { 's3:versionid': version }

/** The source that is meant, so that no other spelling of it is another to policies. */
function sourceKeys({ headers }: S3Request): Keys {
  const source = headers[copySourceHeader]
  if (source === undefined) return {}
  const { bucket, key } = readSourceName(source)
  return { [`s3:${copySourceHeader}`]: `${bucket}/${key}` }
}

/** Epoch milliseconds of `20260101T000000Z`. */
const readBasicTime = (text: string) =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
