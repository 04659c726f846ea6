/** Work in the background for as long as the program runs: round after round, a failed round costs a line in the log only. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'

export type Background = {
  /** Lets what is under way finish. */
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

export function inBackground({ log, between, trouble, round }: Rounds): Background {
  const stopping = new AbortController()
  const { signal } = stopping
  async function rounds() {
    while (!signal.aborted) {
      try {
        if (await round(signal)) continue
      } catch (error) {
        if (!signal.aborted) log.warn({ err: error }, trouble)
      }
      await pause(between, undefined, { signal, ref: false }).catch(() => {})
    }
  }
  const running = rounds()
  return {
    async stop() {
      stopping.abort()
      await running
    },
  }
}
