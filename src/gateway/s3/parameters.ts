/** The parameters of the query that S3 knows. AWS: S3 API Reference. */

/**
 * Every parameter that names a sub-resource, and what S3 calls the thing. A request that carries one is never taken for
 * one that does not: `PUT /b/k?tagging` would overwrite the object with its tags.
 */
export const subresources: Readonly<Record<string, string>> = {
  abac: 'Abac',
  accelerate: 'AccelerateConfiguration',
  acl: 'Acl',
  analytics: 'AnalyticsConfiguration',
  annotation: 'Annotation',
  attributes: 'Attributes',
  cors: 'Cors',
  delete: 'Delete',
  encryption: 'Encryption',
  'intelligent-tiering': 'IntelligentTieringConfiguration',
  inventory: 'InventoryConfiguration',
  'legal-hold': 'LegalHold',
  lifecycle: 'LifecycleConfiguration',
  location: 'Location',
  logging: 'Logging',
  metadataConfiguration: 'MetadataConfiguration',
  metadataTable: 'MetadataTableConfiguration',
  metadataInventoryTable: 'MetadataInventoryTableConfiguration',
  metadataJournalTable: 'MetadataJournalTableConfiguration',
  metrics: 'MetricsConfiguration',
  notification: 'NotificationConfiguration',
  'object-lock': 'LockConfiguration',
  ownershipControls: 'OwnershipControls',
  partNumber: 'Part',
  policy: 'Policy',
  policyStatus: 'PolicyStatus',
  publicAccessBlock: 'PublicAccessBlock',
  renameObject: 'RenameObject',
  replication: 'Replication',
  requestPayment: 'RequestPayment',
  restore: 'RestoreObject',
  retention: 'Retention',
  select: 'SelectObjectContent',
  session: 'CreateSession',
  tagging: 'Tagging',
  torrent: 'Torrent',
  uploadId: 'MultipartUpload',
  uploads: 'MultipartUploads',
  versioning: 'Versioning',
  versions: 'ObjectVersions',
  website: 'Website',
}

/** Parameters that say more about a request, besides those that name a sub-resource. */
const details: ReadonlySet<string> = new Set([
  ...['prefix', 'delimiter', 'encoding-type', 'max-keys', 'marker', 'key-marker', 'version-id-marker'],
  ...['list-type', 'continuation-token', 'start-after', 'fetch-owner', 'versionId', 'max-parts', 'part-number-marker'],
  ...['max-uploads', 'upload-id-marker', 'response-cache-control', 'response-content-disposition'],
  ...['response-content-encoding', 'response-content-language', 'response-content-type', 'response-expires'],
])

/** Whether S3 knows the parameter: to a server that knows more, another could mean another operation than was decided about. */
export const isParameter = (name: string): boolean => details.has(name) || Object.hasOwn(subresources, name)
