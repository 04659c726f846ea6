/**
 * Sending log records on their way: queued in memory, delivered in batches, tried again for a while. Nobody waits for
 * it. AWS delivers as best it can, too: what a full queue or a long failure loses is counted in the server's own log.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { longestStop, within } from '../../background.ts'
import type { World } from '../../world.ts'
import { destinationOf, type LogSource } from './configuration.ts'
import { readLogConfigurations } from './store.ts'

/** A record of either source, as AWS's export has it. */
export type LogRecord = {
  /** Epoch milliseconds, as text. */
  readonly eventTimestamp: string
  readonly eventSource: 'USER_NOTIFICATION' | 'USER_ACTIVITY'
  readonly logLevel: 'ERROR' | 'INFO'
  readonly message: Readonly<Record<string, unknown>>
  readonly logSourceId: { readonly userPoolId: string }
}

/** Firehose takes 500 records at a time. */
const mostAtOnce = 500
/** For each destination. */
const longestQueue = 10_000
const pauses = [1_000, 2_000, 4_000, 8_000, 16_000]

type Lane = { readonly waiting: string[]; lost: number; running: Promise<void> | undefined }
type Lanes = { readonly byArn: Map<string, Lane>; readonly stopping: AbortController }

/** Of each world, known by its seal. */
const worlds = new WeakMap<World['seal'], Lanes>()

function lanesOf(world: World): Lanes {
  let lanes = worlds.get(world.seal)
  if (!lanes) {
    lanes = { byArn: new Map(), stopping: new AbortController() }
    worlds.set(world.seal, lanes)
  }
  return lanes
}

/** Queues records for wherever the pool wants that source, if anywhere. Rejects only if the database does. */
export async function deliverLogs(
  world: World,
  poolId: string,
  source: LogSource,
  records: readonly LogRecord[],
): Promise<void> {
  const configurations = await readLogConfigurations(world.db, poolId)
  const found = configurations.find(({ EventSource }) => EventSource === source)
  if (found) enqueue(world, destinationOf(found), records)
}

function enqueue(world: World, arn: string, records: readonly LogRecord[]): void {
  const { byArn } = lanesOf(world)
  const lane = byArn.get(arn) ?? { waiting: [], lost: 0, running: undefined }
  byArn.set(arn, lane)
  lane.waiting.push(...records.map((record) => JSON.stringify(record)))
  const tooMany = lane.waiting.length - longestQueue
  if (tooMany > 0) {
    lane.waiting.splice(0, tooMany)
    lane.lost += tooMany
  }
  lane.running ??= run(world, arn, lane).finally(() => {
    lane.running = undefined
    if (lane.waiting.length === 0) byArn.delete(arn)
  })
}

async function run(world: World, arn: string, lane: Lane): Promise<void> {
  while (lane.waiting.length > 0) {
    const batch = lane.waiting.splice(0, mostAtOnce)
    if (!(await deliver(world, arn, batch))) lane.lost += batch.length
    if (lane.lost > 0) world.log.error({ destination: arn, lost: lane.lost }, 'Log records were lost.')
    lane.lost = 0
  }
}

/** False when every attempt failed. While stopping, the attempt under way is the last. */
async function deliver(world: World, arn: string, batch: readonly string[]): Promise<boolean> {
  const { signal } = lanesOf(world).stopping
  for (const wait of [...pauses, undefined]) {
    try {
      await world.deliverLogs(arn, batch)
      return true
    } catch (error) {
      world.log.warn({ err: error, destination: arn }, 'Log records could not be delivered.')
    }
    if (wait === undefined || signal.aborted) return false
    await pause(wait, undefined, { signal, ref: false }).catch(() => {})
  }
  return false
}

/** Gives what is queued a last chance, and waits for it for a while. */
export async function stopDelivery(world: World): Promise<void> {
  const { byArn, stopping } = lanesOf(world)
  stopping.abort()
  await within(longestStop, Promise.all([...byArn.values()].map(({ running }) => running)))
  for (const [destination, { waiting }] of byArn)
    if (waiting.length > 0) world.log.error({ destination, lost: waiting.length }, 'Log records were lost.')
}

/** A message that could not be sent: the log userNotification of every plan. */
export function reportUndelivered(world: World, poolId: string, details: string): void {
  const record: LogRecord = {
    eventTimestamp: String(world.now()),
    eventSource: 'USER_NOTIFICATION',
    logLevel: 'ERROR',
    message: { details },
    logSourceId: { userPoolId: poolId },
  }
  deliverLogs(world, poolId, 'userNotification', [record]).catch((error: unknown) =>
    world.log.warn({ err: error, pool: poolId }, 'A log record was lost.'),
  )
}
