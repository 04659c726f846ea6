/** What is a bucket and what an object to policies: the ARNs and the actions (AWS: Service Authorization Reference, Amazon S3). */
import { mayBeEmpty, splitArn } from './pattern.ts'
import { compileActions, matchesAction, type Statement } from './statement.ts'

const bucketActions = [
  ...[
    'CreateBucket',
    'CreateBucketMetadataTableConfiguration',
    'DeleteBucket',
    'DeleteBucketMetadataTableConfiguration',
  ],
  ...['DeleteBucketPolicy', 'DeleteBucketWebsite', 'GetAccelerateConfiguration', 'GetAnalyticsConfiguration'],
  ...['GetBucketAbac', 'GetBucketAcl', 'GetBucketCORS', 'GetBucketLocation', 'GetBucketLogging'],
  ...['GetBucketMetadataTableConfiguration', 'GetBucketNotification', 'GetBucketObjectLockConfiguration'],
  ...['GetBucketOwnershipControls', 'GetBucketPolicy', 'GetBucketPolicyStatus', 'GetBucketPublicAccessBlock'],
  ...['GetBucketRequestPayment', 'GetBucketTagging', 'GetBucketVersioning', 'GetBucketWebsite'],
  ...['GetEncryptionConfiguration', 'GetIntelligentTieringConfiguration', 'GetInventoryConfiguration'],
  ...['GetLifecycleConfiguration', 'GetMetricsConfiguration', 'GetReplicationConfiguration', 'ListBucket'],
  ...['ListBucketMultipartUploads', 'ListBucketVersions', 'PauseReplication', 'PutAccelerateConfiguration'],
  ...['PutAnalyticsConfiguration', 'PutBucketAbac', 'PutBucketAcl', 'PutBucketCORS', 'PutBucketLogging'],
  ...['PutBucketNotification', 'PutBucketObjectLockConfiguration', 'PutBucketOwnershipControls', 'PutBucketPolicy'],
  ...['PutBucketPublicAccessBlock', 'PutBucketRequestPayment', 'PutBucketTagging', 'PutBucketVersioning'],
  ...['PutBucketWebsite', 'PutEncryptionConfiguration', 'PutIntelligentTieringConfiguration'],
  ...['PutInventoryConfiguration', 'PutLifecycleConfiguration', 'PutMetricsConfiguration'],
  ...['PutReplicationConfiguration', 'UpdateBucketMetadataInventoryTableConfiguration'],
  'UpdateBucketMetadataJournalTableConfiguration',
]
const objectActions = [
  ...[
    'AbortMultipartUpload',
    'BypassGovernanceRetention',
    'DeleteObject',
    'DeleteObjectTagging',
    'DeleteObjectVersion',
  ],
  ...['DeleteObjectVersionTagging', 'GetObject', 'GetObjectAcl', 'GetObjectAttributes', 'GetObjectLegalHold'],
  ...['GetObjectRetention', 'GetObjectTagging', 'GetObjectTorrent', 'GetObjectVersion', 'GetObjectVersionAcl'],
  ...['GetObjectVersionAttributes', 'GetObjectVersionForReplication', 'GetObjectVersionTagging'],
  ...['GetObjectVersionTorrent', 'InitiateReplication', 'ListMultipartUploadParts', 'ObjectOwnerOverrideToBucketOwner'],
  ...['PutObject', 'PutObjectAcl', 'PutObjectLegalHold', 'PutObjectRetention', 'PutObjectTagging'],
  ...['PutObjectVersionAcl', 'PutObjectVersionTagging', 'ReplicateDelete', 'ReplicateObject', 'ReplicateTags'],
  ...['RestoreObject', 'UpdateObjectEncryption'],
]
const named = (actions: readonly string[]) => actions.map((action) => `s3:${action.toLowerCase()}`)

const isS3 = (arn: string) => /^arn:[^:]*:s3:::/.test(arn)
/** What follows `arn:aws:s3:::`. A slash in a variable's name is none of the path. */
const pathOf = (arn: string) =>
  arn
    .split(':')
    .slice(5)
    .join(':')
    .replace(/\$\{[^}]*\}/g, '?')

/** The two kinds of thing, with the resources that may be of that kind: wildcards and variables may stand for a slash. */
const things = [
  {
    kind: 'bucket',
    actions: named(bucketActions),
    fits: (arn: string) => !isS3(arn) || !pathOf(arn).includes('/'),
  },
  {
    kind: 'object',
    actions: named(objectActions),
    fits: (arn: string) => !isS3(arn) || /[/*?]/.test(pathOf(arn)),
  },
] as const

export type Misfit = { readonly action: string; readonly kind: 'bucket' | 'object' }

/** The actions of a statement, as written, that are about buckets where it has objects only, or the other way round. */
export function misfitsOf({ actions, resources }: Statement): Misfit[] {
  if (actions.negated || !resources || resources.negated) return []
  return actions.written.flatMap((action) => {
    const one = compileActions([action], false)
    const about = things.filter((thing) => thing.actions.some((known) => matchesAction(one, known)))
    const fits = about.length === 0 || about.some((thing) => resources.written.some(thing.fits))
    return fits ? [] : [{ action, kind: about[0]!.kind }]
  })
}

/** Other things of S3, which belong to a region and an account. */
const placed = /^(?:accesspoint|job|storage-lens|storage-lens-group|access-grants|async-request)\//

/** What the ARN of a bucket or an object has, and must not have to match one. */
export function misplacedBy(arn: string): 'region' | 'account' | undefined {
  const [, , service, region = '', account = '', path = ''] = splitArn(arn) ?? []
  if (service !== 's3' || placed.test(path)) return undefined
  if (!mayBeEmpty(region)) return 'region'
  return mayBeEmpty(account) ? undefined : 'account'
}
