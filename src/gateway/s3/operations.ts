/**
 * What callers can ask of S3: how a request is recognised, what it must be allowed to do, who answers it.
 * Owns the buckets and their objects. Never decides by key what file is touched, never lets an unknown sub-resource
 * fall through to the operation of the bare path. AWS: S3 API Reference; Service Authorization Reference, "Amazon S3".
 */
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { GetObjectAttributes } from './attributes.ts'
import * as settings from './bucket-settings.ts'
import * as buckets from './buckets.ts'
import { CompleteMultipartUpload } from './complete-upload.ts'
import type { KeyGroup } from './conditions.ts'
import { CopyObject } from './copy.ts'
import { DeleteObjects } from './delete-objects.ts'
import type { WithElsewhere } from './elsewhere.ts'
import { ListObjects, ListObjectsV2 } from './list-objects.ts'
import { ListObjectVersions } from './list-versions.ts'
import { AbortMultipartUpload, CreateMultipartUpload } from './multipart.ts'
import { ListMultipartUploads, ListParts } from './multipart-lists.ts'
import { DeleteObjectTagging, GetObjectTagging, PutObjectTagging } from './object-tagging.ts'
import { DeleteObject, GetObject, HeadObject, PutObject } from './objects.ts'
import { subresources } from './parameters.ts'
import type { BucketRequest, S3Request } from './request.ts'
import { absentSettings } from './settings-absent.ts'
import { UploadPart, UploadPartCopy } from './upload-parts.ts'

type Level = 'service' | 'bucket' | 'object'

type Recognised = {
  readonly name: string
  readonly method: string
  readonly level: Level
  /** Query parameters that must be there; `name=value` also fixes the value. */
  readonly query?: readonly string[]
  /** A header that must be there. */
  readonly header?: string
}

/** The action, on the bucket or the object that the path names; absent where the operation asks for each key itself. */
type Guarded = {
  readonly action?: string
  /** The action if the request names a version. */
  readonly versionAction?: string
  readonly keys?: readonly KeyGroup[]
  readonly more?: Readonly<Record<string, string>>
}

type Run =
  | { readonly needsBucket: true; readonly run: (request: BucketRequest & WithElsewhere) => Promise<Answer> }
  | { readonly needsBucket: false; readonly run: (request: S3Request & WithElsewhere) => Promise<Answer> }

export type Operation = Recognised & Guarded & Run

const row = (
  [method, level, ...needs]: readonly [method: string, level: Level, ...needs: string[]],
  run: ((request: BucketRequest & WithElsewhere) => Promise<Answer>) & { readonly name: string },
  guard: Guarded & { readonly header?: string; readonly name?: string },
): Operation => ({ name: run.name, method, level, query: needs, needsBucket: true, run, ...guard })

/** ObjectCreationOperation tells a write that makes an object from one that only sends a part. */
const creating = { 's3:ObjectCreationOperation': 'true' }
const partial = { 's3:ObjectCreationOperation': 'false' }

const copied = 'x-amz-copy-source'

/** The more is needed, the earlier the row: the first that fits is meant. */
export const operations: readonly Operation[] = [
  {
    ...{ name: 'ListBuckets', method: 'GET', level: 'service', action: 's3:ListAllMyBuckets' },
    ...{ needsBucket: false, run: buckets.ListBuckets },
  },
  row(['GET', 'bucket', 'location'], buckets.GetBucketLocation, { action: 's3:GetBucketLocation' }),
  row(['GET', 'bucket', 'policy'], buckets.GetBucketPolicy, { action: 's3:GetBucketPolicy' }),
  row(['PUT', 'bucket', 'policy'], buckets.PutBucketPolicy, { action: 's3:PutBucketPolicy' }),
  row(['DELETE', 'bucket', 'policy'], buckets.DeleteBucketPolicy, { action: 's3:DeleteBucketPolicy' }),
  row(['GET', 'bucket', 'policyStatus'], buckets.GetBucketPolicyStatus, { action: 's3:GetBucketPolicyStatus' }),
  row(['GET', 'bucket', 'cors'], buckets.GetBucketCors, { action: 's3:GetBucketCORS' }),
  row(['PUT', 'bucket', 'cors'], buckets.PutBucketCors, { action: 's3:PutBucketCORS' }),
  row(['DELETE', 'bucket', 'cors'], buckets.DeleteBucketCors, { action: 's3:PutBucketCORS' }),
  row(['GET', 'bucket', 'publicAccessBlock'], buckets.GetPublicAccessBlock, {
    action: 's3:GetBucketPublicAccessBlock',
  }),
  row(['PUT', 'bucket', 'publicAccessBlock'], buckets.PutPublicAccessBlock, {
    action: 's3:PutBucketPublicAccessBlock',
  }),
  row(['DELETE', 'bucket', 'publicAccessBlock'], buckets.DeletePublicAccessBlock, {
    action: 's3:PutBucketPublicAccessBlock',
  }),
  row(['GET', 'bucket', 'versioning'], settings.GetBucketVersioning, { action: 's3:GetBucketVersioning' }),
  row(['PUT', 'bucket', 'versioning'], settings.PutBucketVersioning, { action: 's3:PutBucketVersioning' }),
  row(['GET', 'bucket', 'tagging'], settings.GetBucketTagging, { action: 's3:GetBucketTagging' }),
  row(['PUT', 'bucket', 'tagging'], settings.PutBucketTagging, { action: 's3:PutBucketTagging' }),
  row(['DELETE', 'bucket', 'tagging'], settings.DeleteBucketTagging, {
    ...{ name: 'DeleteBucketTagging', action: 's3:PutBucketTagging' },
  }),
  row(['GET', 'bucket', 'encryption'], settings.GetBucketEncryption, { action: 's3:GetEncryptionConfiguration' }),
  row(['PUT', 'bucket', 'encryption'], settings.PutBucketEncryption, { action: 's3:PutEncryptionConfiguration' }),
  row(['DELETE', 'bucket', 'encryption'], settings.DeleteBucketEncryption, { action: 's3:PutEncryptionConfiguration' }),
  row(['GET', 'bucket', 'ownershipControls'], settings.GetBucketOwnershipControls, {
    action: 's3:GetBucketOwnershipControls',
  }),
  row(['PUT', 'bucket', 'ownershipControls'], settings.PutBucketOwnershipControls, {
    action: 's3:PutBucketOwnershipControls',
  }),
  row(['DELETE', 'bucket', 'ownershipControls'], settings.DeleteBucketOwnershipControls, {
    action: 's3:PutBucketOwnershipControls',
  }),
  row(['GET', 'bucket', 'lifecycle'], settings.GetBucketLifecycleConfiguration, {
    action: 's3:GetLifecycleConfiguration',
  }),
  row(['PUT', 'bucket', 'lifecycle'], settings.PutBucketLifecycleConfiguration, {
    action: 's3:PutLifecycleConfiguration',
  }),
  row(['DELETE', 'bucket', 'lifecycle'], settings.DeleteBucketLifecycle, {
    ...{ name: 'DeleteBucketLifecycle', action: 's3:PutLifecycleConfiguration' },
  }),
  row(['GET', 'bucket', 'notification'], settings.GetBucketNotificationConfiguration, {
    action: 's3:GetBucketNotification',
  }),
  row(['PUT', 'bucket', 'notification'], settings.PutBucketNotificationConfiguration, {
    action: 's3:PutBucketNotification',
  }),
  row(['PUT', 'bucket', 'acl'], settings.refuseAcl, { name: 'PutBucketAcl', action: 's3:PutBucketAcl' }),
  ...absentSettings.map(
    ({ operation, level, query, action, answer }): Operation => ({
      ...{ name: operation, method: 'GET', level, query: [query], action },
      ...{ needsBucket: true, run: answer },
    }),
  ),
  row(['GET', 'bucket', 'uploads'], ListMultipartUploads, { action: 's3:ListBucketMultipartUploads' }),
  row(['GET', 'bucket', 'versions'], ListObjectVersions, { action: 's3:ListBucketVersions', keys: ['list'] }),
  row(['GET', 'bucket', 'list-type=2'], ListObjectsV2, { action: 's3:ListBucket', keys: ['list'] }),
  row(['GET', 'bucket'], ListObjects, { action: 's3:ListBucket', keys: ['list'] }),
  row(['POST', 'bucket', 'delete'], DeleteObjects, {}),
  row(['HEAD', 'bucket'], buckets.HeadBucket, { action: 's3:ListBucket' }),
  row(['DELETE', 'bucket'], buckets.DeleteBucket, { action: 's3:DeleteBucket' }),
  {
    ...{ name: 'CreateBucket', method: 'PUT', level: 'bucket', action: 's3:CreateBucket', keys: ['create'] },
    ...{ needsBucket: false, run: buckets.CreateBucket },
  },
  row(['PUT', 'object', 'uploadId', 'partNumber'], UploadPartCopy, {
    ...{ header: copied, action: 's3:PutObject', keys: ['write'], more: partial },
  }),
  row(['PUT', 'object', 'uploadId', 'partNumber'], UploadPart, {
    ...{ action: 's3:PutObject', keys: ['write'], more: partial },
  }),
  row(['POST', 'object', 'uploads'], CreateMultipartUpload, {
    ...{ action: 's3:PutObject', keys: ['write'], more: partial },
  }),
  row(['POST', 'object', 'uploadId'], CompleteMultipartUpload, {
    ...{ action: 's3:PutObject', keys: ['write'], more: creating },
  }),
  row(['DELETE', 'object', 'uploadId'], AbortMultipartUpload, { action: 's3:AbortMultipartUpload' }),
  row(['GET', 'object', 'uploadId'], ListParts, { action: 's3:ListMultipartUploadParts' }),
  row(['GET', 'object', 'tagging'], GetObjectTagging, {}),
  row(['PUT', 'object', 'tagging'], PutObjectTagging, {}),
  row(['DELETE', 'object', 'tagging'], DeleteObjectTagging, {}),
  row(['GET', 'object', 'attributes'], GetObjectAttributes, {}),
  row(['PUT', 'object', 'acl'], settings.refuseAcl, { name: 'PutObjectAcl', action: 's3:PutObjectAcl' }),
  row(['PUT', 'object'], CopyObject, { header: copied, action: 's3:PutObject', keys: ['write'], more: creating }),
  row(['PUT', 'object'], PutObject, { action: 's3:PutObject', keys: ['write'], more: creating }),
  row(['GET', 'object'], GetObject, {
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    keys: ['version', 'existing'],
  }),
  row(['HEAD', 'object'], HeadObject, {
    action: 's3:GetObject',
    versionAction: 's3:GetObjectVersion',
    keys: ['version', 'existing'],
  }),
  row(['DELETE', 'object'], DeleteObject, {
    ...{ action: 's3:DeleteObject', versionAction: 's3:DeleteObjectVersion', keys: ['version', 'remove'] },
  }),
]

const fits = ({ query = [], header }: Operation, request: Asked) =>
  query.every((need) => {
    const [name, value] = need.split('=') as [string, string?]
    return value === undefined ? request.query.has(name) : request.query.get(name) === value
  }) &&
  (header === undefined || request.headers[header] !== undefined)

/** What of a request says which operation it means. */
export type Asked = Pick<S3Request, 'query' | 'headers' | 'bucketName' | 'key'> & { readonly method: string }

/** Parameters that a read may carry besides. */
const harmless: Readonly<Record<string, readonly string[]>> = { GetObject: ['partNumber'], HeadObject: ['partNumber'] }

const byPlace = Map.groupBy(operations, ({ method, level }) => `${method} ${level}`)

/** The operation that is meant. Refuses what S3 knows and we lack with NotImplemented, all else with MethodNotAllowed. */
export function recognise(request: Asked): Operation {
  const level: Level = request.bucketName === '' ? 'service' : request.key === '' ? 'bucket' : 'object'
  const operation = byPlace.get(`${request.method} ${level}`)?.find((one) => fits(one, request))
  const known = [...(operation?.query ?? []), ...(harmless[operation?.name ?? ''] ?? [])]
  for (const name of request.query.keys()) {
    if (Object.hasOwn(subresources, name) && !known.includes(name))
      return refuseSubresource(request.method, level, name)
  }
  if (operation) return operation
  return fail('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    status: 405,
    extra: { Method: request.method, ResourceType: level.toUpperCase() },
  })
}

function refuseSubresource(method: string, level: Level, name: string): never {
  const verb = `${method[0] ?? ''}${method.slice(1).toLowerCase()}`
  const operation = `${verb}${level === 'object' ? 'Object' : 'Bucket'}${subresources[name]}`
  return fail('NotImplemented', `${operation} (?${name}) is not implemented.`, {
    status: 501,
    detail: `${method} ?${name}`,
  })
}
