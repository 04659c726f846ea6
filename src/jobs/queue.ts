/**
 * Work that was promised and is done later: kept in the store, tried at least once, by one node at a time, and tried again
 * as its kind says. Whoever promises puts the job into the transaction of the promise. docs/decisions/0055.
 */
import { type Background, inBackground, longestStop, within } from '../background.ts'
import { isOutage } from '../store/errors.ts'
import type { World } from '../world.ts'
import { deleteJob, type Held, type Job, returnJob, takeJobs } from './store.ts'

export { insertJob, type Job } from './store.ts'

/** What became of a try. */
export type Verdict =
  | 'done'
  /** To be tried again from that time on; `failed` counts. */
  | { readonly again: number; readonly failed?: boolean; readonly reason: string }
  | { readonly givenUp: string }

export type Kind = {
  /** As it stands in the table. */
  readonly name: string
  /** What a job is, at the beginning of a sentence of the log. */
  readonly what: string
  /** How many a node tries at once, and how many of one target. */
  readonly atOnce: number
  readonly atOnceOfTarget: number
  /** No try takes longer, in milliseconds: for so long, and a little more, nobody else takes the job. */
  readonly longestTry: number
  attempt(world: World, job: Job): Promise<Verdict>
}

/** For clocks that differ, and for the time between taking a job and beginning with it. */
const slack = 15_000
const longestPause = 5 * 60_000
/** Kinds give up long before. This ends what meets with an error of ours at every try, or takes the whole program along. */
const mostTries = 1_000

/** Doubles with each try, from one second to five minutes. */
export const pauseAfter = (tries: number): number => Math.min(1_000 * 2 ** (tries - 1), longestPause)

type Taken = Job & Held & { readonly until: number }

async function take(world: World, kind: Kind, limit: number, except: readonly string[] = []): Promise<Taken[]> {
  const lease = world.random(16).toString('hex')
  const now = world.now()
  const until = now + kind.longestTry + slack
  const jobs = await takeJobs(world.db, { kind: kind.name, lease, now, until, limit, except })
  return jobs.map((job) => ({ ...job, lease, until }))
}

/**
 * One try, and what follows from it: nothing but success, once `isOver` says that the program ends, which may be why it
 * failed. Rejects if the database does. In both cases the job comes again when its lease is over.
 */
async function attempt(world: World, kind: Kind, job: Taken, isOver = () => false): Promise<void> {
  // This node stood still: the try would outlast the lease, beside that of whoever takes the job next.
  if (world.now() + kind.longestTry > job.until) return
  const { id, target, failures } = job
  const giveUp = (reason: string) => {
    world.log.error({ job: id, target, tries: job.tries, reason }, `${kind.what} was given up.`)
    return deleteJob(world.db, job)
  }
  if (job.tries > mostTries) return giveUp('it was tried too often')
  const verdict = await kind.attempt(world, job).catch((error: unknown): Verdict => {
    if (isOutage(error)) throw error
    world.log.warn({ err: error, job: id, target }, `${kind.what} met with an error.`)
    return { again: world.now() + pauseAfter(job.tries), reason: 'an error of the server' }
  })
  if (verdict === 'done') return deleteJob(world.db, job)
  if (isOver()) return
  if ('givenUp' in verdict) return giveUp(verdict.givenUp)
  const { again, failed = false, reason } = verdict
  world.log.warn({ job: id, target, reason }, `${kind.what} failed; it will be tried again.`)
  return returnJob(world.db, job, again, failures + Number(failed))
}

/** Tries what is due, as many as a node may at once, and waits for them; answers how many. */
export async function tryDue(world: World, kind: Kind): Promise<number> {
  const jobs = await take(world, kind, kind.atOnce)
  await Promise.all(jobs.map((job) => attempt(world, kind, job)))
  return jobs.length
}

/**
 * Works for as long as the program runs. `stop` waits a while for tries under way; their leases stand, as they may go on
 * elsewhere. `look` is how often it looks for jobs, in milliseconds.
 */
export function startJobs(world: World, kind: Kind, { look = 1_000 } = {}): Background {
  const running = new Map<Taken, Promise<void>>()
  const trouble = `${kind.what} could not be seen to; it will be later.`
  /** Whether more may be waiting than there was room for. */
  let crowded = false
  let over = false
  const begin = (job: Taken) => {
    const done = attempt(world, kind, job, () => over)
      .catch((error: unknown) => {
        if (!isOutage(error)) world.log.warn({ err: error, job: job.id }, trouble)
      })
      .finally(() => {
        running.delete(job)
        if (crowded) rounds.wake()
      })
    running.set(job, done)
  }
  const rounds = inBackground({
    ...{ log: world.log, between: look, trouble },
    async round() {
      const room = Math.min(kind.atOnce - running.size, kind.atOnceOfTarget)
      const ofTarget = [...Map.groupBy(running.keys(), ({ target }) => target)]
      const busy = ofTarget.flatMap(([target, jobs]) => (jobs.length < kind.atOnceOfTarget ? [] : [target]))
      crowded = room === 0 || busy.length > 0
      if (room === 0) return
      const jobs = await take(world, kind, room, busy)
      for (const job of jobs) begin(job)
      return jobs.length === room
    },
  })
  return {
    async stop() {
      await rounds.stop()
      await within(longestStop, Promise.all(running.values()))
      over = true
    },
  }
}
