/** What a call wants changed in a dataset, whether it knew what it changes, and what comes of it. */
import { fail } from '../../wire/errors.ts'
import type { SyncRecord } from '../dataset.ts'

export type Patch = {
  readonly key: string
  /** Undefined removes. */
  readonly value: string | undefined
  /** The count that the caller believes the record to have; 0 for a new one. */
  readonly syncCount: number
  readonly deviceModifiedAt: number | undefined
}

type Given = {
  readonly Op: string
  readonly Key: string
  readonly Value?: string
  readonly SyncCount: number
  readonly DeviceLastModifiedDate?: Date
}

/** The patches of a request. unproved: the sentences; AWS declares the code. */
export function readPatches(given: readonly Given[]): Patch[] {
  if (new Set(given.map(({ Key }) => Key)).size < given.length)
    fail('InvalidParameterException', 'A record key may be patched only once in a request.')
  return given.map(({ Op, Key, Value, SyncCount, DeviceLastModifiedDate }) => {
    if (Op === 'replace' && Value === undefined)
      fail('InvalidParameterException', `A value is required to replace the record: ${Key}`)
    if (SyncCount < 0) fail('InvalidParameterException', 'SyncCount must not be negative.')
    return {
      key: Key,
      value: Op === 'replace' ? Value : undefined,
      syncCount: SyncCount,
      deviceModifiedAt: DeviceLastModifiedDate?.getTime(),
    }
  })
}

/** Refuses a patch whose caller has not seen the record as it is. The sentence is AWS's. */
export function refuseConflicts(patches: readonly Patch[], current: ReadonlyMap<string, SyncRecord>): void {
  for (const { key, syncCount } of patches) {
    const now = current.get(key)?.syncCount ?? 0
    if (now !== syncCount)
      fail('ResourceConflictException', `Current SyncCount for: ${key} is: ${now} not: ${syncCount}`)
  }
}

/** The records as the patches make them, all with the dataset's new count. unproved: that reading of "SyncCount" among two. */
export const written = (
  patches: readonly Patch[],
  change: { readonly count: number; readonly at: number; readonly by: string },
): SyncRecord[] =>
  patches.map(({ key, value, deviceModifiedAt }) => ({
    key,
    value,
    syncCount: change.count,
    modifiedAt: change.at,
    modifiedBy: change.by,
    deviceModifiedAt,
  }))
