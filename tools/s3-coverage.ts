/** The section of docs/coverage.md about S3: from the table of operations and the SDK's own list. */
import * as sdk from '@aws-sdk/client-s3'
import { operations } from '../src/gateway/s3/operations.ts'

/** Why operations are absent: what they need is not here. */
const reasons: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/Acl$/, 'access control lists: buckets are of their owner, as AWS’s new buckets are'],
  [/Website/, 'web sites: put a web server, or `--proxy`, in front of a bucket'],
  [/ObjectLock|Retention|LegalHold/, 'object lock: who owns the machine could break it'],
  [
    /Replication|Accelerate|Logging|RequestPayment|Analytics|Inventory|Metrics|IntelligentTiering|Metadata|Abac/,
    'operations of a data centre',
  ],
  [
    /Restore|Torrent|SelectObject|WriteGetObjectResponse|Annotation/,
    'archives, torrents, queries and access points inside storage',
  ],
  [/Session|Directory|RenameObject|Encryption$/, 'directory buckets and keys of AWS KMS'],
]

const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

/** The lines of the section. */
export function printS3(): string[] {
  const all = Object.keys(sdk).flatMap((name) =>
    /^[A-Z]\w+Command$/.test(name) ? [name.slice(0, -'Command'.length)] : [],
  )
  const here = new Set(operations.map(({ name }) => name))
  const has = all.filter((name) => here.has(name)).sort()
  const lacks = all.filter((name) => !here.has(name)).sort()
  const why = Map.groupBy(lacks, (name) => reasons.find(([pattern]) => pattern.test(name))?.[1] ?? 'not built')
  return [
    `## S3 (\`s3\`): ${has.length} of ${all.length}`,
    '',
    `Here: ${list(has)}; uploads by form (\`PostObject\`), links, cross-origin questions.`,
    '',
    'Absent (answer 501 and name the operation):',
    '',
    ...[...why].map(([reason, names]) => `- ${reason}: ${list(names)}`),
    '',
    'Limits of what is here: every object is encrypted with AES-256 under the master key, and `aws:kms`, `aws:kms:dsse` and keys of the customer (SSE-C) are ' +
      'refused; `PutBucketAcl` and `PutObjectAcl` answer `AccessControlListNotSupported`; MFA delete is refused; lifecycle rules expire and abort, transitions are ' +
      'refused; notifications go to functions (local ones, a web address, Lambda) and to queues and topics of a server behind (`--upstreams`), to EventBridge they are refused; settings that are always ' +
      'off (`GetBucketLogging`, `GetBucketWebsite` and the like) are answered so.',
    '',
  ]
}
