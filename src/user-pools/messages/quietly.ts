/** Sending that the answer neither waits for nor tells about, so that neither time nor failure says who exists. */
import type { World } from '../../world.ts'

export function quietly(world: World, work: Promise<unknown>): void {
  work.catch((error: unknown) => {
    const detail = error instanceof Error && 'detail' in error ? error.detail : undefined
    world.log.warn({ err: error, detail }, 'A message could not be delivered.')
  })
}
