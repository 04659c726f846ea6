/** What Cognito Sync knows of an identity pool: push, streams, the trigger, and bulk publishing. */

/** AWS's spelling. */
export type PushSync = { readonly ApplicationArns?: string[]; readonly RoleArn?: string }
export type Streams = {
  readonly StreamName?: string
  readonly RoleArn?: string
  readonly StreamingStatus?: 'ENABLED' | 'DISABLED'
}

export type SyncPool = {
  readonly push: PushSync | undefined
  readonly streams: Streams | undefined
  /** The ARN of a function. */
  readonly syncTrigger: string | undefined
  readonly bulk: {
    readonly status: 'NOT_STARTED' | 'IN_PROGRESS' | 'FAILED' | 'SUCCEEDED'
    /** Epoch milliseconds. */
    readonly startedAt: number | undefined
    readonly completedAt: number | undefined
    readonly failure: string | undefined
    /** The last dataset that was published. */
    readonly after: { readonly owner: string; readonly stored: string } | undefined
  }
  /** How often in a row the stream could not be reached. */
  readonly failures: number
}

export const untouched: SyncPool = {
  push: undefined,
  streams: undefined,
  syncTrigger: undefined,
  bulk: { status: 'NOT_STARTED', startedAt: undefined, completedAt: undefined, failure: undefined, after: undefined },
  failures: 0,
}
