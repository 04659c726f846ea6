/**
 * The log of events, written behind the sign-in's back: events are kept in memory for a fraction of a second, several
 * changes of one event become one, and a batch goes to the database in one statement. An orderly stop writes what is
 * left; a process that is killed loses at most what it noted in the last interval, and no sign-in hangs on it.
 */
import { isOutage } from '../../store/errors.ts'
import type { World } from '../../world.ts'
import { deliverLogs } from '../logs/delivery.ts'
import type { AuthEvent } from './event.ts'
import { exportEvent } from './export.ts'
import { readEvents, writeEvents } from './store.ts'

const interval = 200
const mostAtOnce = 100
/** While the database does not answer; beyond it the oldest go. */
const mostKept = 10_000
const day = 86_400_000

type Log = { readonly pending: Map<string, AuthEvent>; timer: NodeJS.Timeout | undefined; writing: Promise<void> }

/** Of each world, known by its seal. */
const logs = new WeakMap<World['seal'], Log>()

function logOf(world: World): Log {
  let log = logs.get(world.seal)
  if (!log) {
    log = { pending: new Map(), timer: undefined, writing: Promise.resolve() }
    logs.set(world.seal, log)
  }
  return log
}

/** Notes what is known of an event now; what was noted before of the same event is replaced. Returns at once. */
export function note(world: World, event: AuthEvent): void {
  const log = logOf(world)
  log.pending.set(event.id, event)
  if (log.pending.size > mostKept) {
    log.pending.delete(log.pending.keys().next().value as string)
    world.log.warn('The log of events is behind: an event was lost.')
  }
  log.timer ??= setTimeout(() => void flush(world), interval).unref()
}

/** Writes everything noted so far. Never rejects: what cannot be written now is tried again later. */
export function flush(world: World): Promise<void> {
  const log = logOf(world)
  clearTimeout(log.timer)
  log.timer = undefined
  log.writing = log.writing.then(() => write(world, log))
  return log.writing
}

async function write(world: World, log: Log): Promise<void> {
  while (log.pending.size > 0) {
    const batch = [...log.pending.values()].slice(0, mostAtOnce)
    try {
      await writeEvents(world.db, batch, ({ at }) => at + world.settings.authEventDays * day)
    } catch (error) {
      if (!isOutage(error)) world.log.warn({ err: error, events: log.pending.size }, 'Events could not be written.')
      log.timer ??= setTimeout(() => void flush(world), 10 * interval).unref()
      return
    }
    // An event that changed meanwhile stays for the next round.
    for (const event of batch) if (log.pending.get(event.id) === event) log.pending.delete(event.id)
    await exportAll(world, batch)
  }
}

async function exportAll(world: World, events: readonly AuthEvent[]): Promise<void> {
  try {
    for (const [poolId, ofPool] of Map.groupBy(events, (event) => event.poolId)) {
      await deliverLogs(world, poolId, 'userAuthEvents', ofPool.map(exportEvent))
    }
  } catch (error) {
    world.log.warn({ err: error }, 'Records of events were lost.')
  }
}

/** The user's newest events, those that are not written yet included. */
export async function recentEvents(world: World, poolId: string, sub: string, limit: number): Promise<AuthEvent[]> {
  const pending = [...logOf(world).pending.values()].filter((event) => event.poolId === poolId && event.sub === sub)
  const written = await readEvents(world.db, poolId, sub, limit, world.now())
  const fresh = new Set(pending.map(({ id }) => id))
  return [...pending, ...written.filter(({ id }) => !fresh.has(id))].sort((a, b) => b.at - a.at).slice(0, limit)
}
