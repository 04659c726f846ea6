/** Whose turn it is to work on a pool's stream. */
import type { World } from '../../world.ts'
import { claimStream, releaseStream, renewLease } from './store.ts'

/** Longer than any put takes; who does not renew it is taken for dead. */
const life = 30_000
const longestBackOff = 60_000

/** Each claim has a name of its own, so that a node which was taken for dead is a stranger to its former stream. */
export type Turn = { readonly poolId: string; readonly lease: string }

/** A pool whose stream has something to get and that nobody works on. */
export async function takeTurn(world: World): Promise<Turn | undefined> {
  const lease = world.random(16).toString('hex')
  const poolId = await claimStream(world.db, { lease, now: world.now(), until: world.now() + life })
  return poolId === undefined ? undefined : { poolId, lease }
}

/** False if it is somebody else's turn by now. */
export const keepTurn = (world: World, turn: Turn): Promise<boolean> => renewLease(world.db, turn, world.now() + life)

/** `failures` in a row make the next turn later. */
export async function endTurn(world: World, turn: Turn, failures: number): Promise<void> {
  const wait = failures === 0 ? 0 : Math.min(1_000 * 2 ** Math.min(failures - 1, 10), longestBackOff)
  // Whose last turn is longest ago is next.
  await releaseStream(world.db, turn, failures, world.now() + wait)
}
