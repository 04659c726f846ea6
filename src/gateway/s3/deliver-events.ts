/**
 * Tells functions, queues and topics what happened in buckets: at least once, from the outbox. As Lambda does with asynchronous calls, an event
 * that the function failed at is tried twice more, and one that could not be brought to it for six hours.
 */
import { type Background, inBackground } from '../../background.ts'
import type { InvokeResult, World } from '../../world.ts'
import { tell } from './event-receivers.ts'
import { type DueEvent, deleteEvent, postponeEvent, takeDueEvents } from './events-store.ts'

const batch = 20
/** Longer than a call can take: who took an event has it to himself that long. */
const lease = 120_000
const mostFailures = 2
const longestWait = 6 * 60 * 60_000
const betweenRounds = 1000

const pauseAfter = (failures: number) => Math.min(60_000 * 2 ** failures, 5 * 60_000)

/** Sends what is due, some at a time; answers how many events it tried to send. */
export async function deliverEvents(world: World): Promise<number> {
  const now = world.now()
  const events = await takeDueEvents(world.db, now, now + lease, batch)
  await Promise.all(events.map((event) => deliver(world, event)))
  return events.length
}

async function deliver(world: World, event: DueEvent): Promise<void> {
  const { id, target, payload, failures, made } = event
  const result = await tell(world, target, id, payload)
  if (result.outcome === 'answered') return void (await deleteEvent(world.db, id))
  const now = world.now()
  const counts = result.outcome === 'failed' || result.outcome === 'timed-out'
  if (counts ? failures >= mostFailures : now - made > longestWait) {
    world.log.error({ target, event: id, reason: reasonOf(result) }, 'A bucket notification was given up.')
    await deleteEvent(world.db, id)
  } else {
    world.log.warn({ target, event: id, reason: reasonOf(result) }, 'A bucket notification failed; trying again later.')
    await postponeEvent(world.db, id, now + pauseAfter(failures))
  }
}

const reasonOf = (result: InvokeResult): string =>
  result.outcome === 'failed'
    ? result.message.slice(0, 200)
    : result.outcome === 'unavailable'
      ? `${result.reason}: ${result.detail}`
      : result.outcome

/** Delivers for as long as the program runs. `stop` lets the calls under way finish. */
export const startEventDelivery = (world: World): Background =>
  inBackground({
    ...{ log: world.log, between: betweenRounds, trouble: 'Sending bucket notifications failed; trying again later.' },
    round: async () => (await deliverEvents(world)) === batch,
  })
