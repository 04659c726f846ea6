/**
 * Buckets that another server keeps: allowed here, served there. What the embedded store asks of itself on the way, such as
 * the right to a copy's source or to each of many keys, is asked here before the request goes on.
 */
import { Readable } from 'node:stream'
import type { Answer } from '../../wire/http.ts'
import { fitsXml } from '../../wire/xml.ts'
import { checkKey, readingsOfKey, refusePath } from './address.ts'
import { xmlDocument } from './answers.ts'
import { versionKeys } from './conditions.ts'
import { type CopyElsewhere, copyObjectElsewhere, copyPartElsewhere } from './copy-elsewhere.ts'
import { demandTagsAlong, findSource } from './copy-source.ts'
import { readDeletions } from './delete-objects.ts'
import { replaces } from './directives.ts'
import type { Elsewhere, WithElsewhere } from './elsewhere.ts'
import { checkReceiverElsewhere } from './event-receivers.ts'
import { readDocument } from './incoming.ts'
import { readReceivers } from './notifications.ts'
import { demandTagging } from './object-rights.ts'
import { demand, type Permission } from './permission.ts'
import { bucketArn, objectArn, type S3Request } from './request.ts'
import { copySourceHeader, readSourceName } from './source-name.ts'
import { readTagging, readTagHeader, requestTagKeys, tagSet } from './tags.ts'
import { malformedXml, printXml, readXml } from './xml-body.ts'

const longestDocument = 4 * 1024 * 1024

/** A request whose document was read to decide about it goes on with what was read, printed anew. */
const withDocument = (request: S3Request, document: string): S3Request => ({
  ...request,
  call: { ...request.call, body: Readable.from([Buffer.from(document)], { objectMode: false }) },
})

/** The permission on an object, however its key is read. */
async function demandObject(request: S3Request, key: string, wanted: Omit<Permission, 'resource'>): Promise<void> {
  for (const one of readingsOfKey(key))
    await demand(request, undefined, { ...wanted, resource: objectArn(request.bucketName, one) })
}

type Ask = (request: S3Request & WithElsewhere) => Promise<S3Request>

const onObject = (name: string, ...actions: string[]) => ({
  level: 'object',
  name: new RegExp(`^x-amz-${name}$`),
  actions,
})
const onBucket = (name: string, ...actions: string[]) => ({ ...onObject(name, ...actions), level: 'bucket' })

/**
 * What a header asks for besides the operation, and what that takes. The store here knows none of it; there it would be
 * done with the rights of the server. AWS: S3 User Guide, "Required permissions for Amazon S3 API operations".
 */
const implied = [
  onObject('(?:acl|grant-.*)', 's3:PutObjectAcl'),
  onObject('object-lock-(?:mode|retain-until-date)', 's3:PutObjectRetention'),
  onObject('object-lock-legal-hold', 's3:PutObjectLegalHold'),
  onObject('bypass-governance-retention', 's3:BypassGovernanceRetention'),
  onBucket('(?:acl|grant-.*)', 's3:PutBucketAcl'),
  onBucket('object-ownership', 's3:PutBucketOwnershipControls'),
  onBucket('bucket-object-lock-enabled', 's3:PutBucketObjectLockConfiguration', 's3:PutBucketVersioning'),
]

export async function demandImplied(request: S3Request, key = request.key): Promise<void> {
  const { bucketName, headers } = request
  const names = Object.keys(headers)
  const level = key === '' ? 'bucket' : 'object'
  const asked = implied.filter((one) => one.level === level && names.some((name) => one.name.test(name)))
  for (const action of asked.flatMap(({ actions }) => actions)) {
    const wanted = { action, keys: ['write'] } as const
    if (level === 'object') await demandObject(request, key, wanted)
    else await demand(request, undefined, { ...wanted, resource: bucketArn(bucketName) })
  }
}

async function tagged(request: S3Request): Promise<void> {
  const tags = readTagHeader(request.headers['x-amz-tagging'])
  for (const key of readingsOfKey(request.key)) await demandTagging({ ...request, key }, tags)
}

const writing: Ask = async (request) => {
  await tagged(request)
  return request
}

const copyingPart: Ask = async (request) => {
  await findSource(request)
  await tagged(request)
  return request
}

const copying: Ask = async (request) => {
  const source = await findSource(request)
  await tagged(request)
  if (!replaces(request.headers, 'tagging') && 'elsewhere' in source) {
    await demandTagsAlong(request, source, await source.elsewhere.tagsOf(request, source.name))
  }
  return request
}

/** One key that may not be deleted refuses them all: the other server answers for all at once. */
const deleting: Ask = async (request) => {
  const { quiet, wanted } = readDeletions(await readDocument(request, longestDocument))
  for (const { key, version } of wanted) {
    refusePath(checkKey(key))
    await demandObject(request, key, {
      action: version === undefined ? 's3:DeleteObject' : 's3:DeleteObjectVersion',
      more: versionKeys(version),
    })
    await demandImplied(request, key)
    // What is printed in its place would be another key.
    if (!fitsXml(key)) malformedXml('a key that XML cannot carry')
  }
  const named = wanted.map(({ key, version, etag }) => ({ Key: key, VersionId: version, ETag: etag }))
  return withDocument(request, xmlDocument('Delete', { Object: named, Quiet: quiet }))
}

const configuration = 'NotificationConfiguration'

/** The other server tells receivers with its own rights: whoever names one must have the right to tell it. */
const notifying: Ask = async (request) => {
  const document = await readDocument(request, longestDocument)
  for (const receiver of readReceivers(document)) await checkReceiverElsewhere(request, receiver)
  return withDocument(request, xmlDocument(configuration, printXml(readXml(document, configuration))))
}

const versioned = ({ query }: S3Request, verb: string, what: string) =>
  `s3:${verb}Object${query.has('versionId') ? 'Version' : ''}${what}`

const tagging: Ask = async (request) => {
  const tags = readTagging(await readDocument(request, longestDocument), 'object')
  await demandObject(request, request.key, {
    action: versioned(request, 'Put', 'Tagging'),
    keys: ['version'],
    more: requestTagKeys(tags),
  })
  return withDocument(request, xmlDocument('Tagging', tagSet(tags)))
}

const reading =
  (...actions: readonly (readonly [verb: string, what: string])[]): Ask =>
  async (request) => {
    for (const [verb, what] of actions)
      await demandObject(request, request.key, { action: versioned(request, verb, what), keys: ['version'] })
    return request
  }

/** The operations whose row does not say everything that has to be asked. */
const asks: Readonly<Record<string, Ask>> = {
  PutObject: writing,
  CreateMultipartUpload: writing,
  CopyObject: copying,
  UploadPartCopy: copyingPart,
  DeleteObjects: deleting,
  PutObjectTagging: tagging,
  PutBucketNotificationConfiguration: notifying,
  GetObjectTagging: reading(['Get', 'Tagging']),
  DeleteObjectTagging: reading(['Delete', 'Tagging']),
  GetObjectAttributes: reading(['Get', ''], ['Get', 'Attributes']),
}

/** What the other server cannot do alone, if the source is not there. */
const copies: Readonly<Record<string, CopyElsewhere>> = {
  CopyObject: copyObjectElsewhere,
  UploadPartCopy: copyPartElsewhere,
}

/** Asks what is left to ask and passes the request on. The tags that objects have there are not known here. */
export async function answerElsewhere(
  elsewhere: Elsewhere,
  request: S3Request & WithElsewhere,
  operation: string,
): Promise<Answer> {
  refusePath(request.key)
  refusePath(request.query.get('prefix') ?? '')
  await demandImplied(request)
  const copy = copies[operation]
  if (copy && !elsewhere.together(request.bucketName, readSourceName(request.headers[copySourceHeader]).bucket)) {
    return copy(request, elsewhere)
  }
  const allowed = (await asks[operation]?.(request)) ?? request
  return elsewhere.answer(allowed, operation)
}
