/** The worker of a node: looks for jobs that nobody works on, works on one at a time, and clears away dead files. */
import { type Background, inBackground } from '../../background.ts'
import type { World } from '../../world.ts'
import { leaseLife, runJob } from './run.ts'
import { claimJob, releaseJob, removeDead } from './store.ts'

const pauseBetweenLooks = 1_000
const piecesAtATime = 16

/** Works on one job, if one waits; answers whether there was any. */
export async function workOnce(world: World, signal: AbortSignal): Promise<boolean> {
  const now = world.now()
  // Each claim has a name of its own, so that a node which was taken for dead is a stranger to its former job.
  const lease = world.random(16).toString('hex')
  const claim = await claimJob(world.db, { lease, now, until: now + leaseLife })
  if (!claim) return false
  const left = await runJob(world, claim, signal)
  if (left) await releaseJob(world.db, left)
  return true
}

/** Deletes every dead file, in small steps. */
export async function clearFiles(world: World, signal?: AbortSignal): Promise<void> {
  while (!signal?.aborted && (await removeDead(world.db, world.now(), piecesAtATime)));
}

/** Works for as long as the program runs. `stop` lets the rows under way finish and leaves the job to other nodes. */
export const startImports = (world: World, { look = pauseBetweenLooks } = {}): Background =>
  inBackground({
    // The lease runs out, and somebody goes on from the last commit.
    ...{ log: world.log, between: look, trouble: 'A user import was interrupted; it will go on later.' },
    async round(signal) {
      if (await workOnce(world, signal)) return true
      await clearFiles(world, signal)
    },
  })
