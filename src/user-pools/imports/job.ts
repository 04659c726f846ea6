/** An import job: what it is, the states it goes through, and for how long. AWS: "Importing users from a CSV file". */
import type { HashAlgorithm } from '../../protocols/password-hashes.ts'

/** As stored. `Expired` never is: it is what a job becomes by waiting. */
export type StoredStatus = 'Created' | 'Pending' | 'InProgress' | 'Stopping' | 'Stopped' | 'Failed' | 'Succeeded'

/** Somebody works on the job, or will soon. */
export const activeStatuses = ['Pending', 'InProgress', 'Stopping'] as const

export type Counts = { readonly imported: number; readonly skipped: number; readonly failed: number }

/** Times are epoch milliseconds. */
export type Job = Counts & {
  readonly poolId: string
  readonly id: string
  readonly name: string
  /** The role for AWS's log. Kept and shown; nothing is written there. */
  readonly roleArn: string
  readonly algorithm: HashAlgorithm | undefined
  readonly status: StoredStatus
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly message: string | undefined
  /** The uploaded file. */
  readonly fileId: string | undefined
  /** Bytes of the file that are dealt with, and the line that comes next. */
  readonly position: number
  readonly line: number
}

/** AWS: a job that was not started within 24 to 48 hours expires; here after the first of them. */
export const startWithin = 24 * 3_600_000

/** AWS: "The PRE_SIGNED_URL is valid for 15 minutes." */
export const urlLife = 15 * 60_000

/** AWS: "Maximum number of user import jobs per user pool". */
export const mostJobs = 1_000

export const mostRows = 500_000

/** AWS: 100 MB. unproved: that these are binary. */
export const largestFile = 100 * 1024 * 1024

export const hasExpired = (job: Pick<Job, 'status' | 'createdAt'>, now: number): boolean =>
  job.status === 'Created' && now >= job.createdAt + startWithin

export const hasEnded = ({ status }: Pick<Job, 'status'>): boolean =>
  status === 'Stopped' || status === 'Failed' || status === 'Succeeded'

/** Texts of CompletionMessage. The first two are in AWS's samples; unproved: the others. */
export const messages = {
  tooMany: 'Too many users have failed or been skipped during the import.',
  stopped: 'The Import Job was stopped by the developer.',
  poolDeleted: 'The user pool has been deleted.',
  byteOrderMark: 'The CSV file must be in UTF-8 format without byte order mark.',
  unreadableHeader: 'The header of the CSV file could not be parsed.',
  wrongHeader: 'The header in the CSV file does not match the expected headers for the user pool.',
  noHashColumn: 'The CSV file does not include the password_hash column.',
  tooManyRows: `The CSV file has more than ${mostRows} users.`,
  fileLost: 'The CSV file could not be read.',
} as const

/**
 * How a job ends whose file was read to the end. unproved: where AWS draws the line. In its samples no user or fewer than
 * half were imported; here a job fails when more were failed or skipped than imported.
 */
export const verdict = ({ imported, skipped, failed }: Counts): 'Succeeded' | 'Failed' =>
  skipped + failed > imported ? 'Failed' : 'Succeeded'
