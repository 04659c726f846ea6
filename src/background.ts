/** Work in the background for as long as the program runs: round after round, a failed round costs a line in the log only. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { isOutage } from './store/errors.ts'

export type Background = {
  /** Lets what is under way finish, but does not wait for it without end. */
  stop(): Promise<void>
}

export type Rounds = {
  readonly log: Pick<Logger, 'warn'>
  /** Milliseconds between two rounds. */
  readonly between: number
  /** The line in the log when a round fails. */
  readonly trouble: string
  /** One round. `true` says that more is waiting: the next round begins at once. */
  round(signal: AbortSignal): Promise<boolean | undefined>
}

/** How long a stop waits for what is under way, in milliseconds: what it was is done again, or goes on, at the next start. */
export const longestStop = 5_000

/** Waits for some work, but no longer. */
export async function within(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const given = new AbortController()
  const late = pause(milliseconds, undefined, { signal: given.signal }).catch(() => {})
  await Promise.race([work.catch(() => {}), late])
  given.abort()
}

/** Begins at once. `wake` has the next round begin without the pause. */
export function inBackground({ log, between, trouble, round }: Rounds): Background & { wake(): void } {
  const stopping = new AbortController()
  const { signal } = stopping
  let woken = false
  let endPause = () => {}
  const rest = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, between).unref()
      endPause = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  async function rounds() {
    while (!signal.aborted) {
      woken = false
      try {
        if ((await round(signal)) || woken) continue
      } catch (error) {
        // An outage of the database has a line of its own.
        if (!signal.aborted && !isOutage(error)) log.warn({ err: error }, trouble)
      }
      if (!signal.aborted) await rest()
    }
  }
  const running = rounds()
  return {
    wake() {
      woken = true
      endPause()
    },
    async stop() {
      stopping.abort()
      endPause()
      await within(longestStop, running)
    },
  }
}
