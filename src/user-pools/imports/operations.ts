/**
 * Import jobs bring many users at once, from a file. Owns the tables import_jobs, import_files, import_pieces and
 * import_faults. Never writes a user or a password itself: users/bulk.ts and passwords/imported.ts do; never runs a
 * trigger and sends no message. What AWS logs to CloudWatch is here a report, at the PreSignedUrl of a job that was started.
 * AWS: API Reference, CreateUserImportJob and its neighbours; Developer Guide, "Importing users from a CSV file".
 */
import type { UserImportJobType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { admin, operation } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { alphanumeric, randomText } from '../pools/random-text.ts'
import { csvHeader } from './columns.ts'
import { hasExpired, type Job, mostJobs, urlLife } from './job.ts'
import { signedUrl } from './signed-url.ts'
import * as store from './store.ts'

const dateOf = (time: number | undefined) => (time === undefined ? undefined : new Date(time))

/** The link to upload with lives from the making of the job, the link to the report from the asking. */
const linkOf = (world: World, job: Job): string =>
  job.status === 'Created'
    ? signedUrl(world, 'upload', job, job.createdAt + urlLife)
    : signedUrl(world, 'report', job, world.now() + urlLife)

const describe = (world: World, job: Job): UserImportJobType => ({
  JobName: job.name,
  JobId: job.id,
  UserPoolId: job.poolId,
  PreSignedUrl: linkOf(world, job),
  CreationDate: new Date(job.createdAt),
  StartDate: dateOf(job.startedAt),
  CompletionDate: dateOf(job.endedAt),
  Status: hasExpired(job, world.now()) ? 'Expired' : job.status,
  CloudWatchLogsRoleArn: job.roleArn,
  ImportedUsers: job.imported,
  SkippedUsers: job.skipped,
  FailedUsers: job.failed,
  CompletionMessage: job.message,
  PasswordHashingAlgorithm: job.algorithm,
})

// unproved: the sentence.
const refuseJob = (id: string): never => fail('ResourceNotFoundException', `The user import job ${id} does not exist.`)

const requireJob = async (world: World, pool: Pool, id: string): Promise<Job> =>
  (await store.readJob(world.db, pool.id, id)) ?? refuseJob(id)

const notMet = (message: string): never => fail('PreconditionNotMetException', message)

/** unproved: the sentence. */
const refuseStatus = (world: World, job: Job, verb: 'started' | 'stopped'): never => {
  const status = hasExpired(job, world.now()) ? 'Expired' : job.status
  return notMet(`The user import job ${job.id} cannot be ${verb}: its status is ${status}.`)
}

export const GetCSVHeader = operation('GetCSVHeader', admin, (_, { pool }) => ({
  UserPoolId: pool.id,
  CSVHeader: csvHeader(pool),
}))

/** unproved: the sentence about too many jobs. */
export const CreateUserImportJob = operation('CreateUserImportJob', admin, async (input, { world, pool }) => {
  if ((await store.countJobs(world.db, pool.id)) >= mostJobs)
    fail('LimitExceededException', `The user pool has ${mostJobs} user import jobs, which is the maximum.`)
  for (;;) {
    const id = `import-${randomText(world, alphanumeric, 10)}`
    const job = {
      poolId: pool.id,
      id,
      name: input.JobName,
      roleArn: input.CloudWatchLogsRoleArn,
      algorithm: input.PasswordHashingAlgorithm,
      createdAt: world.now(),
    }
    if (!(await store.insertJob(world.db, job))) continue
    return { UserImportJob: describe(world, await requireJob(world, pool, id)) }
  }
})

export const DescribeUserImportJob = operation('DescribeUserImportJob', admin, async ({ JobId }, { world, pool }) => ({
  UserImportJob: describe(world, await requireJob(world, pool, JobId)),
}))

export const ListUserImportJobs = operation('ListUserImportJobs', admin, async (input, { world, pool }) => {
  const paging = { list: `ListUserImportJobs ${pool.id}`, seal: world.seal, now: world.now() }
  const key = readPage(paging, input.PaginationToken)
  const after = key && { createdAt: Number(key[0]), id: String(key[1]) }
  const jobs = await store.readJobs(world.db, pool.id, after, input.MaxResults + 1)
  const { rows, next } = page(paging, jobs, input.MaxResults, ({ createdAt, id }) => [createdAt, id])
  return { UserImportJobs: rows.map((job) => describe(world, job)), PaginationToken: next }
})

/**
 * AWS: "If the user pool has no auto-verified attributes, the import job will not start"; "Only one import job can be
 * active at a time per account". The sentence about a missing file is AWS's; unproved: the others.
 */
export const StartUserImportJob = operation('StartUserImportJob', admin, async ({ JobId }, { world, pool }) => {
  const now = world.now()
  const started = await world.db.transaction(async (db) => {
    const job = (await store.readJob(db, pool.id, JobId)) ?? refuseJob(JobId)
    if (job.status !== 'Created' || hasExpired(job, now)) refuseStatus(world, job, 'started')
    if (job.fileId === undefined) notMet(`No csv file was uploaded for ${JobId}`)
    if (!pool.settings.AutoVerifiedAttributes?.length)
      notMet('The user pool has no auto verified attributes. Users can only be imported with a verified one.')
    if (await store.readActive(db)) notMet('Only one user import job can be active at a time.')
    return store.startJob(db, job, now)
  })
  return { UserImportJob: describe(world, started ?? refuseJob(JobId)) }
})

export const StopUserImportJob = operation('StopUserImportJob', admin, async ({ JobId }, { world, pool }) => {
  const job = await requireJob(world, pool, JobId)
  const stopping = await store.stopJob(world.db, pool.id, JobId)
  return { UserImportJob: describe(world, stopping ?? refuseStatus(world, job, 'stopped')) }
})

export const operations: readonly Operation[] = [
  GetCSVHeader,
  CreateUserImportJob,
  DescribeUserImportJob,
  ListUserImportJobs,
  StartUserImportJob,
  StopUserImportJob,
]
