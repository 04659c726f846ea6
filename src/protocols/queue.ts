/** A bounded queue: so many at work, so many waiting, and everybody else is turned away at once. */

/** Thrown to whoever finds the queue full. The caller makes it a refusal in its protocol's words. */
export class QueueFull extends Error {
  constructor() {
    super('The queue is full.')
    this.name = 'QueueFull'
  }
}

/** `run` does the work when its turn comes; rejects with QueueFull if `waiting` are waiting already. */
export function createQueue({ atWork, waiting }: { atWork: number; waiting: number }) {
  const line: (() => void)[] = []
  let busy = 0
  return async function run<T>(work: () => Promise<T>): Promise<T> {
    if (busy < atWork) busy++
    else if (line.length >= waiting) throw new QueueFull()
    // Whoever leaves hands the place over, so `busy` does not change.
    else await new Promise<void>((resolve) => line.push(resolve))
    try {
      return await work()
    } finally {
      const next = line.shift()
      if (next) next()
      else busy--
    }
  }
}
