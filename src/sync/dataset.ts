/** Datasets and records as the rules see them. AWS: Cognito Sync API Reference, Dataset, Record. */
import type { Identity } from '../identity-pools/identities/identity.ts'
import type { Pool } from '../identity-pools/pools/pool.ts'

/** Epoch milliseconds throughout; storage in bytes. */
export type Dataset = {
  readonly name: string
  /** False once it is deleted: the row remembers its counts. */
  readonly alive: boolean
  readonly syncCount: number
  /** The count that the last deletion had; 0 if there was none. */
  readonly deletedCount: number
  /** Those that have a value. */
  readonly records: number
  readonly storage: number
  readonly createdAt: number
  readonly modifiedAt: number
  readonly modifiedBy: string
}

export type SyncRecord = {
  readonly key: string
  /** Undefined for a removed one, which stays so that devices learn of it. */
  readonly value: string | undefined
  /** The dataset's count when it was last written. */
  readonly syncCount: number
  readonly modifiedAt: number
  readonly modifiedBy: string
  readonly deviceModifiedAt: number | undefined
}

/** A dataset as a call names it, and where its rows are: those of a merged identity stay where they were. */
export type Target = {
  readonly pool: Pool
  readonly identity: Identity
  /** As the caller names it. */
  readonly name: string
  /** Whose rows they are, and under which name. */
  readonly owner: string
  readonly stored: string
}

/** AWS: Developer Guide, "Quotas in Amazon Cognito", Cognito Sync. */
export const most = { datasets: 20, records: 1024, storage: 1_048_576 } as const

/** What is gone and remembered, so that devices learn of it: the newest in each dataset, and of each identity's datasets. */
export const mostGone = { datasets: 100, records: 1024 } as const

export const sizeOf = ({ key, value }: Pick<SyncRecord, 'key' | 'value'>): number =>
  value === undefined ? 0 : Buffer.byteLength(key) + Buffer.byteLength(value)
