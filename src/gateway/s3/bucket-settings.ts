/** Settings of buckets that say how objects are kept: versioning, tags, encryption, ownership, lifecycle, notifications. */
import { fail } from '../../wire/errors.ts'
import type { Answer } from '../../wire/http.ts'
import { emptyAnswer, xmlAnswer } from './answers.ts'
import { type BucketDocument, setDocument, setVersioning } from './buckets-store.ts'
import { refuseAlgorithm } from './encryption.ts'
import { checkReceiver } from './event-receivers.ts'
import { readDocument } from './incoming.ts'
import { readLifecycle, writeLifecycle } from './lifecycle-rules.ts'
import { readNotifications, writeNotifications } from './notifications.ts'
import type { BucketRequest } from './request.ts'
import { readTagging, tagSet } from './tags.ts'
import { malformedXml, readXml, textOf, textsOf } from './xml-body.ts'

const longestDocument = 256 * 1024

const absent = ({ bucketName }: BucketRequest, code: string, message: string): never =>
  fail(code, message, { status: 404, extra: { BucketName: bucketName } })

const forget = (name: BucketDocument) => async (request: BucketRequest) => {
  await setDocument(request.world.db, request.bucketName, name, undefined)
  return emptyAnswer(204)
}

// Versioning

export const GetBucketVersioning = async ({ bucket }: BucketRequest): Promise<Answer> =>
  xmlAnswer('VersioningConfiguration', { Status: bucket.versioning })

export async function PutBucketVersioning(request: BucketRequest): Promise<Answer> {
  const root = readXml(await readDocument(request, longestDocument), 'VersioningConfiguration')
  const status = textOf(root, 'Status')?.trim()
  if (textOf(root, 'MfaDelete')?.trim() === 'Enabled') {
    fail('NotImplemented', 'MFA delete is not implemented.', { status: 501 })
  }
  if (status === undefined) {
    return fail('IllegalVersioningConfigurationException', 'The Versioning element must be specified', { status: 400 })
  }
  if (status !== 'Enabled' && status !== 'Suspended') return malformedXml('Status')
  await setVersioning(request.world.db, request.bucketName, status)
  return emptyAnswer(200)
}

// Tags

export async function GetBucketTagging(request: BucketRequest): Promise<Answer> {
  const { tags } = request.bucket
  return tags ? xmlAnswer('Tagging', tagSet(tags)) : absent(request, 'NoSuchTagSet', 'The TagSet does not exist')
}

export async function PutBucketTagging(request: BucketRequest): Promise<Answer> {
  const tags = readTagging(await readDocument(request, longestDocument), 'bucket')
  await setDocument(request.world.db, request.bucketName, 'tags', tags)
  return emptyAnswer(204)
}

export const DeleteBucketTagging = forget('tags')

// Encryption: every object has AES256, and there is nothing else to choose.

export const GetBucketEncryption = async (): Promise<Answer> =>
  xmlAnswer('ServerSideEncryptionConfiguration', {
    Rule: {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' },
      BlockedEncryptionTypes: { EncryptionType: 'SSE-C' },
      BucketKeyEnabled: false,
    },
  })

export async function PutBucketEncryption(request: BucketRequest): Promise<Answer> {
  const root = readXml(await readDocument(request, longestDocument), 'ServerSideEncryptionConfiguration')
  const [rule, more] = root.children['Rule'] ?? []
  if (!rule || more) return malformedXml('Rule')
  const [byDefault] = rule.children['ApplyServerSideEncryptionByDefault'] ?? []
  if (!byDefault) return malformedXml('ApplyServerSideEncryptionByDefault')
  const algorithm = (textOf(byDefault, 'SSEAlgorithm') ?? malformedXml('SSEAlgorithm')).trim()
  if (algorithm !== 'AES256') refuseAlgorithm(algorithm)
  const blocked = (rule.children['BlockedEncryptionTypes'] ?? []).flatMap((one) => textsOf(one, 'EncryptionType'))
  if (blocked.some((type) => type.trim() !== 'SSE-C')) {
    fail('NotImplemented', 'Keys of the customer (SSE-C) are not implemented, and blocked in every bucket.', {
      status: 501,
    })
  }
  if (textOf(byDefault, 'KMSMasterKeyID')) {
    fail('InvalidArgument', 'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms', {
      status: 400,
    })
  }
  return emptyAnswer(200)
}

/** Back to what new buckets have: AES256. */
export const DeleteBucketEncryption = async (): Promise<Answer> => emptyAnswer(204)

// Ownership: there are no access control lists.

export const GetBucketOwnershipControls = async (): Promise<Answer> =>
  xmlAnswer('OwnershipControls', { Rule: { ObjectOwnership: 'BucketOwnerEnforced' } })

export async function PutBucketOwnershipControls(request: BucketRequest): Promise<Answer> {
  const root = readXml(await readDocument(request, longestDocument), 'OwnershipControls')
  const [rule] = root.children['Rule'] ?? []
  const ownership = rule && textOf(rule, 'ObjectOwnership')?.trim()
  if (ownership === 'BucketOwnerEnforced') return emptyAnswer(200)
  if (ownership !== 'BucketOwnerPreferred' && ownership !== 'ObjectWriter') return malformedXml('ObjectOwnership')
  return fail('NotImplemented', 'Buckets with access control lists are not implemented.', { status: 501 })
}

/** Who owns objects stays as it is: there is nothing else to choose. */
export const DeleteBucketOwnershipControls = async (): Promise<Answer> => emptyAnswer(204)

export async function refuseAcl(): Promise<never> {
  return fail('AccessControlListNotSupported', 'The bucket does not allow ACLs', { status: 400 })
}

// Lifecycle

/** AWS tells with every answer which sizes transitions leave alone; there are none here. */
const leastSize = { 'x-amz-transition-default-minimum-object-size': 'all_storage_classes_128K' }

export async function GetBucketLifecycleConfiguration(request: BucketRequest): Promise<Answer> {
  const { lifecycle } = request.bucket
  return lifecycle
    ? xmlAnswer('LifecycleConfiguration', writeLifecycle(lifecycle), leastSize)
    : absent(request, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist')
}

export async function PutBucketLifecycleConfiguration(request: BucketRequest): Promise<Answer> {
  const rules = readLifecycle(await readDocument(request, longestDocument))
  await setDocument(request.world.db, request.bucketName, 'lifecycle', rules)
  return emptyAnswer(200, leastSize)
}

export const DeleteBucketLifecycle = forget('lifecycle')

// Notifications

export const GetBucketNotificationConfiguration = async ({ bucket }: BucketRequest): Promise<Answer> =>
  xmlAnswer('NotificationConfiguration', writeNotifications(bucket.notifications ?? []))

export async function PutBucketNotificationConfiguration(request: BucketRequest): Promise<Answer> {
  const notifications = readNotifications(await readDocument(request, longestDocument))
  for (const target of new Set(notifications.map(({ target }) => target))) await checkReceiver(request, target)
  const value = notifications.length === 0 ? undefined : notifications
  await setDocument(request.world.db, request.bucketName, 'notifications', value)
  return emptyAnswer(200)
}
