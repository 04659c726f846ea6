/** What people say about an event: it was me, or it was not. The links of a notice carry a sealed word for each answer. */
import type { World } from '../../world.ts'
import type { AuthEvent, Feedback, FeedbackValue } from './event.ts'
import { flush, note } from './event-log.ts'
import { writeFeedback } from './store.ts'

/** Where the links of notices lead. */
export const feedbackPath = '/feedback'

const purpose = 'auth-event-feedback'
/** unproved: AWS does not tell how long its links live. */
const life = 7 * 86_400_000

export type FeedbackTicket = {
  readonly poolId: string
  readonly sub: string
  readonly eventId: string
  /** Whose look the page has. */
  readonly clientId?: string | undefined
}

/** Lets its bearer judge that one event, and do nothing else. */
export const feedbackToken = (
  world: World,
  { poolId, sub, id, clientId }: Pick<AuthEvent, 'poolId' | 'sub' | 'id' | 'clientId'>,
): string => world.seal.seal(purpose, JSON.stringify([poolId, sub, id, world.now() + life, clientId]))

/** What the token is for; undefined if it is not ours or too old. */
export function readFeedbackToken(world: World, token: string): FeedbackTicket | undefined {
  const opened = world.seal.open(purpose, token)
  if (!opened) return undefined
  type Sealed = [poolId: string, sub: string, eventId: string, expiresAt: number, clientId?: string | null]
  const [poolId, sub, eventId, expiresAt, clientId] = JSON.parse(opened.toString()) as Sealed
  return expiresAt > world.now() ? { poolId, sub, eventId, clientId: clientId ?? undefined } : undefined
}

/** Keeps the word on the event; the newest counts. False if there is no such event. */
export async function giveFeedback(
  world: World,
  { poolId, sub, eventId }: FeedbackTicket,
  value: FeedbackValue,
  provider: 'Admin' | 'User',
): Promise<boolean> {
  const feedback: Feedback = { value, provider, at: world.now() }
  // An event of a moment ago may not be written yet.
  await flush(world)
  const event = await writeFeedback(world.db, poolId, sub, eventId, feedback)
  if (event) note(world, event)
  return event !== undefined
}
