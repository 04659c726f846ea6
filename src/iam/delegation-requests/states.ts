/** The life of a delegation request: its states, how it comes from one to the next, and how long each lasts. AWS: IAM User Guide, "Understanding the Request Lifecycle". */
import { fail } from '../../wire/errors.ts'

const day = 86_400_000

/** Milliseconds until a request expires in a state. */
const lives = {
  UNASSIGNED: day,
  ASSIGNED: 7 * day,
  PENDING_APPROVAL: 7 * day,
  ACCEPTED: 7 * day,
  FINALIZED: 7 * day,
  REJECTED: 7 * day,
} as const

export type Living = keyof typeof lives
export type State = Living | 'EXPIRED'

export const expiryOf = (state: Living, now: number): number => now + lives[state]

/** How long an expired request can still be seen. unproved: AWS says only that there is such a time. */
export const retention = 30 * day

/** The state now. */
export const stateAt = (stored: Living, expiresAt: number, now: number): State =>
  expiresAt <= now ? 'EXPIRED' : stored

const moves = {
  associate: { from: ['UNASSIGNED'], to: 'ASSIGNED' },
  // unproved: that notes may be changed while the administrator has not answered.
  forward: { from: ['ASSIGNED', 'PENDING_APPROVAL'], to: 'PENDING_APPROVAL' },
  accept: { from: ['ASSIGNED', 'PENDING_APPROVAL'], to: 'ACCEPTED' },
  reject: { from: ['ASSIGNED', 'PENDING_APPROVAL', 'ACCEPTED'], to: 'REJECTED' },
  release: { from: ['ACCEPTED'], to: 'FINALIZED' },
} as const satisfies Record<string, { from: readonly Living[]; to: Living }>

export type Move = keyof typeof moves

/**
 * The state that the move leads to. Refuses one that the state does not know. unproved: AWS's code and sentence; accepting
 * declares no InvalidInput, so it is the code that every operation may answer.
 */
export function nextState(move: Move, state: State): Living {
  const { from, to } = moves[move]
  if ((from as readonly State[]).includes(state)) return to
  return fail('ValidationError', `A delegation request that is ${state} cannot become ${to}.`)
}
