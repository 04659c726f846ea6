/** Tables import_jobs, import_files, import_pieces and import_faults: the only SQL on them. */
import type { HashAlgorithm } from '../../protocols/password-hashes.ts'
import type { Db } from '../../store/db.ts'
import { join, list, sql } from '../../store/db.ts'
import { activeStatuses, type Counts, type Job, type StoredStatus } from './job.ts'

type Row = {
  pool_id: string
  id: string
  name: string
  role_arn: string
  algorithm: string | null
  status: StoredStatus
  created_at: number
  started_at: number | null
  ended_at: number | null
  message: string | null
  file_id: string | null
  position: number
  line: number
  imported: number
  skipped: number
  failed: number
}

const toJob = (row: Row): Job => ({
  poolId: row.pool_id,
  id: row.id,
  name: row.name,
  roleArn: row.role_arn,
  algorithm: (row.algorithm as HashAlgorithm | null) ?? undefined,
  status: row.status,
  createdAt: row.created_at,
  startedAt: row.started_at ?? undefined,
  endedAt: row.ended_at ?? undefined,
  message: row.message ?? undefined,
  fileId: row.file_id ?? undefined,
  position: row.position,
  line: row.line,
  imported: row.imported,
  skipped: row.skipped,
  failed: row.failed,
})

const active = sql`status in (${list(activeStatuses)})`

export type NewJob = Pick<Job, 'poolId' | 'id' | 'name' | 'roleArn' | 'algorithm' | 'createdAt'>

/** Adds a job; false if the id is taken. */
export async function insertJob(db: Db, job: NewJob): Promise<boolean> {
  const added = await db.run(sql`
    insert into import_jobs (pool_id, id, name, role_arn, algorithm, status, created_at)
    values (${job.poolId}, ${job.id}, ${job.name}, ${job.roleArn}, ${job.algorithm}, ${'Created'}, ${job.createdAt})
    on conflict do nothing`)
  return added === 1
}

export async function countJobs(db: Db, poolId: string): Promise<number> {
  const row = await db.get<{ jobs: number }>(sql`select count(*) as jobs from import_jobs where pool_id = ${poolId}`)
  return Number(row?.jobs ?? 0)
}

export async function readJob(db: Db, poolId: string, id: string): Promise<Job | undefined> {
  const row = await db.get<Row>(sql`select * from import_jobs where pool_id = ${poolId} and id = ${id}`)
  return row && toJob(row)
}

/** Newest first, older than that job where one is given. */
export async function readJobs(
  db: Db,
  poolId: string,
  after: { readonly createdAt: number; readonly id: string } | undefined,
  limit: number,
): Promise<Job[]> {
  const older = after ? sql` and (created_at, id) < (${after.createdAt}, ${after.id})` : sql``
  const rows = await db.all<Row>(sql`
    select * from import_jobs where pool_id = ${poolId}${older} order by created_at desc, id desc limit ${limit}`)
  return rows.map(toJob)
}

/** A job that somebody works on or will soon: of that pool, or of any. */
export async function readActive(db: Db, poolId?: string): Promise<{ poolId: string; id: string } | undefined> {
  const ofPool = poolId === undefined ? sql`` : sql` and pool_id = ${poolId}`
  const row = await db.get<Row>(sql`select * from import_jobs where ${active}${ofPool} limit 1`)
  return row && { poolId: row.pool_id, id: row.id }
}

/** Created becomes Pending, and the file lives until the job ends. */
export async function startJob(db: Db, job: Job, now: number): Promise<Job | undefined> {
  const row = await db.get<Row>(sql`
    update import_jobs set status = ${'Pending'}, started_at = ${now}
    where pool_id = ${job.poolId} and id = ${job.id} and status = ${'Created'} returning *`)
  if (row) await setFilesDeath(db, job, job.fileId ?? '', never)
  return row && toJob(row)
}

/** The job is to stop; undefined if nobody works on it. */
export async function stopJob(db: Db, poolId: string, id: string): Promise<Job | undefined> {
  const row = await db.get<Row>(sql`
    update import_jobs set status = ${'Stopping'}
    where pool_id = ${poolId} and id = ${id} and ${active} returning *`)
  return row && toJob(row)
}

/** A job and the right to work on it. */
export type Claim = Job & { readonly lease: string }

/** Takes a job that waits, or whose worker was not heard of in time. */
export async function claimJob(
  db: Db,
  { lease, now, until }: { lease: string; now: number; until: number },
): Promise<Claim | undefined> {
  const waiting = await db.get<Row>(
    sql`select * from import_jobs where ${active} and lease_until <= ${now} order by started_at limit 1`,
  )
  if (!waiting) return undefined
  const row = await db.get<Row>(sql`
    update import_jobs
    set lease = ${lease}, lease_until = ${until}, status = case when status = 'Pending' then 'InProgress' else status end
    where pool_id = ${waiting.pool_id} and id = ${waiting.id} and ${active} and lease_until <= ${now} returning *`)
  return row && { ...toJob(row), lease }
}

const isHeld = ({ poolId, id, lease }: Claim) =>
  sql`pool_id = ${poolId} and id = ${id} and lease = ${lease} and ${active}`

/**
 * Moves the job on from where this claim left it, and keeps the lease. Undefined if another works on it now, or the
 * position is not the one expected: then nothing of the transaction may stay.
 */
export async function advanceJob(
  db: Db,
  claim: Claim,
  to: { readonly position: number; readonly line: number; readonly added: Counts; readonly leaseUntil: number },
): Promise<Claim | undefined> {
  const row = await db.get<Row>(sql`
    update import_jobs
    set position = ${to.position}, line = ${to.line}, lease_until = ${to.leaseUntil},
      imported = imported + ${to.added.imported}, skipped = skipped + ${to.added.skipped},
      failed = failed + ${to.added.failed}
    where ${isHeld(claim)} and position = ${claim.position} returning *`)
  return row && { ...toJob(row), lease: claim.lease }
}

/** Ends the job; as Stopped if somebody asked for that meanwhile. Its file is of no more use. */
export async function endJob(
  db: Db,
  claim: Claim,
  end: { readonly status: 'Stopped' | 'Failed' | 'Succeeded'; readonly message: string | undefined },
  stopped: string,
  now: number,
): Promise<Job | undefined> {
  return db.transaction(async (inside) => {
    const row = await inside.get<Row>(sql`
      update import_jobs set ended_at = ${now}, lease = null,
        message = case when status = 'Stopping' then ${stopped} else ${end.message} end,
        status = case when status = 'Stopping' then 'Stopped' else ${end.status} end
      where ${isHeld(claim)} returning *`)
    if (row)
      await inside.run(sql`
      update import_files set dead_at = ${now} where pool_id = ${claim.poolId} and job_id = ${claim.id}`)
    return row && toJob(row)
  })
}

/** Another may go on at once. */
export async function releaseJob(db: Db, claim: Claim): Promise<void> {
  await db.run(sql`update import_jobs set lease_until = 0 where ${isHeld(claim)}`)
}

/** Later than any clock will say. */
const never = Number.MAX_SAFE_INTEGER

const setFilesDeath = (db: Db, job: Pick<Job, 'poolId' | 'id'>, fileId: string, at: number) =>
  db.run(sql`
    update import_files set dead_at = ${at} where pool_id = ${job.poolId} and job_id = ${job.id} and id = ${fileId}`)

/** A file that is being uploaded: it takes the place of every other that did not get to its end. */
export const beginFile = (db: Db, job: Job, fileId: string, { now, deadAt }: { now: number; deadAt: number }) =>
  db.transaction(async (inside) => {
    await inside.run(sql`
      update import_files set dead_at = ${now}
      where pool_id = ${job.poolId} and job_id = ${job.id} and id <> ${job.fileId ?? ''}`)
    await inside.run(sql`
      insert into import_files (pool_id, job_id, id, dead_at) values (${job.poolId}, ${job.id}, ${fileId}, ${deadAt})`)
  })

/** Adds a piece; false if the file was given up meanwhile. */
export async function addPiece(
  db: Db,
  job: Pick<Job, 'poolId' | 'id'>,
  fileId: string,
  piece: { readonly number: number; readonly sealed: string; readonly now: number },
): Promise<boolean> {
  const added = await db.run(sql`
    insert into import_pieces (pool_id, job_id, file_id, number, sealed)
    select pool_id, job_id, id, cast(${piece.number} as integer), ${piece.sealed} from import_files
    where pool_id = ${job.poolId} and job_id = ${job.id} and id = ${fileId} and dead_at > ${piece.now}`)
  return added === 1
}

/** The file becomes the job's, in the place of an earlier one; false if the job was started meanwhile. */
export const keepFile = (
  db: Db,
  job: Pick<Job, 'poolId' | 'id'>,
  fileId: string,
  { now, deadAt }: { now: number; deadAt: number },
): Promise<boolean> =>
  db.transaction(async (inside) => {
    const before = await readJob(inside, job.poolId, job.id)
    if (before?.status !== 'Created') return false
    if ((await setFilesDeath(inside, job, fileId, deadAt)) === 0) return false
    if (before.fileId !== undefined) await setFilesDeath(inside, job, before.fileId, now)
    const kept = await inside.run(sql`
      update import_jobs set file_id = ${fileId}
      where pool_id = ${job.poolId} and id = ${job.id} and status = ${'Created'}`)
    return kept === 1
  })

export const dropFile = (db: Db, job: Pick<Job, 'poolId' | 'id'>, fileId: string, now: number): Promise<number> =>
  setFilesDeath(db, job, fileId, now)

export async function readPiece(
  db: Db,
  job: Pick<Job, 'poolId' | 'id'>,
  fileId: string,
  number: number,
): Promise<string | undefined> {
  const row = await db.get<{ sealed: string }>(sql`
    select sealed from import_pieces
    where pool_id = ${job.poolId} and job_id = ${job.id} and file_id = ${fileId} and number = ${number}`)
  return row?.sealed
}

/**
 * Deletes a few pieces of a dead file, and the file's row when no piece is left; answers whether there was anything to
 * do. A few at a time: together they may be a hundred megabytes.
 */
export async function removeDead(db: Db, now: number, pieces: number): Promise<boolean> {
  const file = await db.get<{ pool_id: string; job_id: string; id: string }>(
    sql`select pool_id, job_id, id from import_files where dead_at <= ${now} order by dead_at limit 1`,
  )
  if (!file) return false
  const ofFile = sql`pool_id = ${file.pool_id} and job_id = ${file.job_id} and file_id = ${file.id}`
  const removed = await db.run(sql`
    delete from import_pieces where ${ofFile} and number in (
      select number from import_pieces where ${ofFile} order by number limit ${pieces})`)
  if (removed < pieces)
    await db.run(sql`
      delete from import_files where pool_id = ${file.pool_id} and job_id = ${file.job_id} and id = ${file.id}`)
  return true
}

/** A row of the file that became no user, and why. */
export type Fault = { readonly line: number; readonly outcome: 'SKIPPED' | 'FAILED'; readonly reason: string }

export async function insertFaults(db: Db, job: Pick<Job, 'poolId' | 'id'>, faults: readonly Fault[]): Promise<void> {
  if (faults.length === 0) return
  const rows = faults.map(
    ({ line, outcome, reason }) => sql`(${job.poolId}, ${job.id}, ${line}, ${outcome}, ${reason})`,
  )
  await db.run(sql`insert into import_faults (pool_id, job_id, line, outcome, reason) values ${join(rows)}`)
}

/** In the order of their lines, after that one. */
export const readFaults = (db: Db, job: Pick<Job, 'poolId' | 'id'>, after: number, limit: number): Promise<Fault[]> =>
  db.all<Fault>(sql`
    select line, outcome, reason from import_faults
    where pool_id = ${job.poolId} and job_id = ${job.id} and line > ${after} order by line limit ${limit}`)
