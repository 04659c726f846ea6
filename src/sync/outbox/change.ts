/** A change as Cognito Streams tells it. AWS: Developer Guide, "Amazon Cognito Streams". */
import type { SyncRecord, Target } from '../dataset.ts'

export type Change = {
  readonly target: Pick<Target, 'pool' | 'identity' | 'name'>
  /** Of the dataset: written to, or removed. */
  readonly operation: 'replace' | 'remove'
  readonly records: readonly SyncRecord[]
  readonly syncCount: number
  /** Epoch milliseconds. */
  readonly at: number
}

/** Kinesis takes a megabyte with the partition key; what is longer goes by its address. */
export const longestInline = 1_000_000

/** The JSON text. unproved: that what is absent is null, and that a long one leaves the records out. */
export function printChange({ target, operation, records, syncCount, at }: Change, payloadUrl?: string): string {
  return JSON.stringify({
    identityPoolId: target.pool.id,
    identityId: target.identity.id,
    dataSetName: target.name,
    operation,
    kinesisSyncRecords: payloadUrl === undefined ? records.map(printRecord) : null,
    lastModifiedDate: at,
    kinesisSyncRecordsURL: payloadUrl ?? null,
    payloadType: payloadUrl === undefined ? 'Inline' : 'S3Url',
    syncCount,
  })
}

const printRecord = ({ key, value, syncCount, modifiedAt, deviceModifiedAt }: SyncRecord) => ({
  key,
  value: value ?? null,
  syncCount,
  lastModifiedDate: modifiedAt,
  deviceLastModifiedDate: deviceModifiedAt ?? null,
  op: value === undefined ? 'remove' : 'replace',
})
