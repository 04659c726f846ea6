/** Waits for what will be so, however slow the machine is. */
import { setTimeout as pause } from 'node:timers/promises'

const longest = 60_000

/** Fails after a minute, with what it waited for. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  otherwise: () => string = () => `${holds}`,
): Promise<void> {
  for (const end = performance.now() + longest; !(await holds()); await pause(5))
    if (performance.now() > end) throw new Error(`This did not come true: ${otherwise()}`)
}
