/** What happened to an object, as S3 tells it, put into the queue in the transaction of the change. AWS: S3 User Guide, "Event message structure". */
import { insertJob } from '../../jobs/queue.ts'
import type { Db } from '../../store/db.ts'
import type { World } from '../../world.ts'
import type { Bucket } from './buckets-store.ts'
import { newId } from './files.ts'
import { urlEncode } from './listing.ts'
import { type EventName, whoListens } from './notifications.ts'
import { bucketArn, type S3Request } from './request.ts'

/** Who did it. */
export type Cause = {
  readonly principal: string
  readonly address: string
  readonly requestId: string
  readonly region: string
}

export const causeOf = ({ caller, call, region }: S3Request): Cause => ({
  principal: caller.kind === 'anonymous' ? 'Anonymous' : `AWS:${caller.userId}`,
  address: call.address,
  requestId: call.id,
  region,
})

/** What the server does by itself, by the rules of a bucket. */
export const ownCause = (world: World): Cause => ({
  principal: 's3.amazonaws.com',
  address: '127.0.0.1',
  requestId: newId(world),
  region: world.settings.region,
})

/** What happened; `version` where the bucket keeps versions. */
export type Happening = {
  readonly name: EventName
  readonly key: string
  readonly size?: number
  readonly etag?: string
  readonly version?: string | undefined
}

/** Whether anybody wants to hear of it: then the change needs a transaction. */
export const isHeard = ({ notifications = [] }: Bucket, name: EventName, key: string): boolean =>
  whoListens(notifications, name, key).length > 0

export const notificationKind = 's3-notification'

/** Part of the transaction of the change. */
export async function noteEvent(db: Db, world: World, bucket: Bucket, cause: Cause, what: Happening): Promise<void> {
  const listening = whoListens(bucket.notifications ?? [], what.name, what.key)
  const now = world.now()
  for (const { id, target } of listening) {
    const body = JSON.stringify({ Records: [record(world, bucket, cause, what, id, now)] })
    await insertJob(db, { id: newId(world), kind: notificationKind, target, body, made: now })
  }
}

function record(world: World, bucket: Bucket, cause: Cause, what: Happening, configurationId: string, now: number) {
  const { account } = world.settings
  const shortId = cause.requestId.replaceAll('-', '').slice(0, 16).toUpperCase()
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: bucket.region,
    eventTime: new Date(now).toISOString(),
    eventName: what.name,
    userIdentity: { principalId: cause.principal },
    requestParameters: { sourceIPAddress: cause.address.replace(/^::ffff:(?=\d+\.)/i, '') },
    responseElements: { 'x-amz-request-id': shortId, 'x-amz-id-2': cause.requestId },
    s3: {
      s3SchemaVersion: '1.0',
      configurationId,
      bucket: { name: bucket.name, ownerIdentity: { principalId: account }, arn: bucketArn(bucket.name) },
      object: {
        key: urlEncode(what.key),
        ...(what.size !== undefined && { size: what.size }),
        ...(what.etag !== undefined && { eTag: what.etag }),
        ...(what.version !== undefined && { versionId: what.version }),
        // AWS: compare the sequencers of two events of one key as text; the longer is padded. Later is greater.
        sequencer: `${now.toString(16).toUpperCase().padStart(12, '0')}${world.random(4).toString('hex').toUpperCase()}`,
      },
    },
  }
}
