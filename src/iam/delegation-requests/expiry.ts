/** The one change of state that nobody makes: a request that expires is told when its time comes, by a job. */
import type { Background } from '../../background.ts'
import { insertJob, type Job, type Kind, pauseAfter, startJobs, type Verdict } from '../../jobs/queue.ts'
import type { Db } from '../../store/db.ts'
import type { World } from '../../world.ts'
import { findRequest } from './find.ts'
import { publishState } from './notices.ts'
import type { DelegationRequest } from './request.ts'

const kind = 'delegation-expiry'
/** Who has not listened for a day asks for the state. */
const keep = 86_400_000

type Expected = Pick<DelegationRequest, 'id' | 'updatedAt'>

/** Part of the transaction that brings the request into its state. */
export const expectExpiry = (
  db: Db,
  { id, updatedAt, expiresAt }: Expected & Pick<DelegationRequest, 'expiresAt'>,
): Promise<void> =>
  insertJob(db, {
    ...{ id: `${id} ${updatedAt}`, kind, target: id, body: JSON.stringify({ id, updatedAt } satisfies Expected) },
    ...{ made: updatedAt, due: expiresAt },
  })

/** A request that has changed since has a job of its own for the state it came to. */
async function tell(world: World, job: Job): Promise<Verdict> {
  const { id, updatedAt } = JSON.parse(job.body) as Expected
  const request = await findRequest(world, id)
  if (request?.updatedAt !== updatedAt || request.state !== 'EXPIRED') return 'done'
  try {
    await publishState(world, request)
    return 'done'
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const again = world.now() + pauseAfter(job.tries)
    return again - request.expiresAt > keep ? { givenUp: reason } : { again, reason }
  }
}

export const expiryNotices: Kind = {
  ...{ name: kind, what: 'A notice of an expired delegation request', atOnce: 10, atOnceOfTarget: 1 },
  longestTry: 105_000,
  attempt: tell,
}

/** Tells for as long as the program runs. */
export const startExpiryNotices = (world: World): Background => startJobs(world, expiryNotices)
