/** Tells functions, queues and topics what happened in buckets: at least once, and as Lambda does with asynchronous calls. */
import type { Background } from '../../background.ts'
import { type Kind, startJobs } from '../../jobs/queue.ts'
import type { World } from '../../world.ts'
import { judge } from '../lambda/asynchronous.ts'
import { tell } from './event-receivers.ts'
import { notificationKind } from './events.ts'

export const notifications: Kind = {
  ...{ name: notificationKind, what: 'A bucket notification', atOnce: 50, atOnceOfTarget: 10, longestTry: 105_000 },
  attempt: async (world, job) => judge(await tell(world, job.target, job.id, job.body), job, world.now()),
}

/** Delivers for as long as the program runs. */
export const startEventDelivery = (world: World): Background => startJobs(world, notifications)
