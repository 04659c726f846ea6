/**
 * Works on a job: reads its file from where it was left, adds users a few hundred at a time, and ends it. The position
 * moves in the transaction that adds the users, and only for whoever holds the lease: so a row is dealt with exactly once,
 * whichever node ends when, and whatever two nodes believe.
 */
import type { Db } from '../../store/db.ts'
import { isOutage } from '../../store/errors.ts'
import type { World } from '../../world.ts'
import { enableMessages } from '../mfa/preferences.ts'
import { addImportedHashes, sealHash } from '../passwords/imported.ts'
import { findPool } from '../pools/find.ts'
import type { Pool } from '../pools/pool.ts'
import { addUsers, type Obstacle } from '../users/bulk.ts'
import { readHeader } from './columns.ts'
import { type Line, type Place, readLines } from './csv.ts'
import { FileLost, readFile } from './file.ts'
import { type Counts, messages, mostRows, verdict } from './job.ts'
import { type Newcomer, readRow, reasons } from './row.ts'
import { advanceJob, type Claim, endJob, type Fault, insertFaults } from './store.ts'

/**
 * Rows in a transaction. SQLite holds the event loop for its length: some milliseconds, so that sign-ins go on meanwhile;
 * with more rows nothing is won (bench/import.ts).
 */
export const rowsAtATime = 50

/** A worker that was not heard of for this long is taken for dead. */
export const leaseLife = 30_000

/** A row of the file: a user to be, with the sealed hash, or why it is none. */
type Row = { readonly line: number; readonly next: Place } & (Newcomer | { readonly reason: string })

/** Thrown inside a batch whose job is another's by now: nothing of it may stay. */
class LeaseLost extends Error {}

/**
 * Goes on until the job has ended, or another has taken it, or the signal tells to leave it to others: then answers the
 * claim as it stands.
 */
export async function runJob(world: World, claim: Claim, signal: AbortSignal): Promise<Claim | undefined> {
  try {
    return await work(world, claim, signal)
  } catch (error) {
    if (error instanceof LeaseLost) return undefined
    if (!(error instanceof FileLost)) throw error
    world.log.error({ err: error, pool: claim.poolId, job: claim.id }, 'The file of a user import is lost.')
    return end(world, claim, 'Failed', messages.fileLost)
  }
}

async function work(world: World, begun: Claim, signal: AbortSignal): Promise<Claim | undefined> {
  const pool = await findPool(world, begun.poolId)
  if (!pool) return end(world, begun, 'Failed', messages.poolDeleted)
  if (begun.status === 'Stopping') return end(world, begun, 'Stopped', messages.stopped)
  const header = await readFirst(world, begun)
  const read = header?.text === undefined ? undefined : readHeader(pool, header.text, begun.algorithm)
  if (!header || !read) return end(world, begun, 'Failed', messages.unreadableHeader)
  if ('message' in read) return end(world, begun, 'Failed', read.message)

  let claim = begun
  const start = claim.position === 0 ? header.next : claim
  let rows = claim.imported + claim.skipped + claim.failed
  let batch: Row[] = []
  for await (const line of readLines(readFile(world, claim, start.position), start)) {
    if (line.text?.trim() === '') continue
    rows += 1
    if (rows > mostRows) {
      claim = await commit(world, pool, claim, batch)
      return end(world, claim, 'Failed', messages.tooManyRows)
    }
    batch.push(toRow(world, pool, read.columns, claim, line))
    if (batch.length < rowsAtATime) continue
    claim = await commit(world, pool, claim, batch)
    batch = []
    if (claim.status === 'Stopping') return end(world, claim, 'Stopped', messages.stopped)
    if (signal.aborted) return claim
  }
  if (batch.length > 0) claim = await commit(world, pool, claim, batch)
  const status = verdict(claim)
  return end(world, claim, status, status === 'Failed' ? messages.tooMany : undefined)
}

async function readFirst(world: World, claim: Claim): Promise<Line | undefined> {
  for await (const line of readLines(readFile(world, claim, 0), { position: 0, line: 1 })) return line
  return undefined
}

function toRow(world: World, pool: Pool, columns: readonly string[], claim: Claim, line: Line): Row {
  const place = { line: line.line, next: line.next }
  if (line.text === undefined) return { ...place, reason: reasons[line.fault ?? 'not-utf-8'] }
  const read = readRow(world, pool, columns, claim.algorithm, line.text)
  if ('reason' in read) return { ...place, ...read }
  const hash = read.hash === undefined ? undefined : sealHash(world, pool, read.user.sub, read.hash)
  return { ...place, ...read, hash }
}

/**
 * Adds what can be added of some rows and notes the others. A failure that is no trouble of the database is some row's:
 * halves are tried until it stands alone, and is noted.
 */
async function commit(world: World, pool: Pool, claim: Claim, rows: readonly Row[]): Promise<Claim> {
  try {
    return await world.db.transaction((db) => addRows(world, db, pool, claim, rows))
  } catch (error) {
    if (error instanceof LeaseLost) throw error
    if (isOutage(error)) throw error
    const [row, more] = rows
    if (row && !more) {
      world.log.error({ err: error, pool: pool.id, job: claim.id, line: row.line }, 'A row could not be imported.')
      return commit(world, pool, claim, [{ line: row.line, next: row.next, reason: reasons.internal }])
    }
    const half = Math.floor(rows.length / 2)
    return commit(world, pool, await commit(world, pool, claim, rows.slice(0, half)), rows.slice(half))
  }
}

async function addRows(world: World, db: Db, pool: Pool, claim: Claim, rows: readonly Row[]): Promise<Claim> {
  const newcomers = rows.filter((row) => 'user' in row)
  const obstacles = await addUsers(
    db,
    pool,
    newcomers.map(({ user }) => user),
  )
  const hashes = newcomers.flatMap(({ user: { sub }, hash }) =>
    hash === undefined || obstacles.has(sub) ? [] : [{ sub, hash }],
  )
  await addImportedHashes(db, pool, hashes, world.now())
  for (const { user, mfa } of newcomers) if (mfa && !obstacles.has(user.sub)) await enableMessages(db, pool, user)
  const faults = rows.flatMap((row) => faultOf(row, obstacles))
  await insertFaults(db, claim, faults)
  const next = rows.at(-1)?.next ?? claim
  const moved = await advanceJob(db, claim, {
    position: next.position,
    line: next.line,
    added: count(rows.length, faults),
    leaseUntil: world.now() + leaseLife,
  })
  if (!moved) throw new LeaseLost()
  return moved
}

function faultOf(row: Row, obstacles: ReadonlyMap<string, Obstacle>): Fault[] {
  const { line } = row
  if ('reason' in row) return [{ line, outcome: 'FAILED', reason: row.reason }]
  const obstacle = obstacles.get(row.user.sub)
  if (obstacle === undefined) return []
  if (obstacle === 'exists') return [{ line, outcome: 'SKIPPED', reason: reasons.exists }]
  // unproved: that an alias which belongs to another fails the row, where a taken username skips it.
  return [{ line, outcome: 'FAILED', reason: reasons.taken(obstacle) }]
}

function count(rows: number, faults: readonly Fault[]): Counts {
  const skipped = faults.filter(({ outcome }) => outcome === 'SKIPPED').length
  return { imported: rows - faults.length, skipped, failed: faults.length - skipped }
}

async function end(
  world: World,
  claim: Claim,
  status: 'Stopped' | 'Failed' | 'Succeeded',
  message: string | undefined,
): Promise<undefined> {
  const job = await endJob(world.db, claim, { status, message }, messages.stopped, world.now())
  if (!job) return
  const { poolId, id, imported, skipped, failed } = job
  world.log.info({ pool: poolId, job: id, status: job.status, imported, skipped, failed }, 'A user import ended.')
}
