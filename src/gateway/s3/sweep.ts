/**
 * Removes what nobody refers to: files of overwritten and deleted objects, and what an ended program left half written; and,
 * once a day, what the lifecycle rules of buckets say is over.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import { type Background, inBackground } from '../../background.ts'
import type { World } from '../../world.ts'
import { oldFiles, prepareFolder, removeFile } from './files.ts'
import { dropOrphans, knownFiles, takeDropped } from './files-store.ts'
import { expireBuckets } from './lifecycle.ts'

/** How long a file stays after its object went, and how old a file without a row must be: nobody reads or writes for longer. */
export const graceMs = 60 * 60_000
const batch = 200
const pauseBetweenRounds = 10 * 60_000

/** One round; answers how many files it removed. `stopping` ends it early, at a place where nothing is lost. */
export async function sweepObjects(world: World, stopping?: AbortSignal): Promise<number> {
  const { db, settings } = world
  let removed = 0
  for (let after: string | undefined = ''; after !== undefined; await breathe()) {
    after = await dropOrphans(db, world.now(), after, batch)
    if (stopping?.aborted) return removed
  }
  for (;;) {
    // The rows go first: should the program end here, the files are waste that the second part finds.
    const files = await takeDropped(db, world.now() - graceMs, batch)
    for (const file of files) await removeFile(settings.dataFolder, file)
    removed += files.length
    if (stopping?.aborted) return removed
    if (files.length < batch) break
  }
  for await (const files of oldFiles(settings.dataFolder, world.now() - graceMs)) {
    for (let at = 0; at < files.length; at += batch) {
      if (stopping?.aborted) return removed
      const some = files.slice(at, at + batch)
      const known = await knownFiles(db, some)
      for (const file of some.filter((file) => !known.has(file))) {
        await removeFile(settings.dataFolder, file)
        removed += 1
      }
    }
  }
  return removed
}

/** Sweeps at the start and then for as long as the program runs. `stop` lets the round under way finish. */
export function startObjectSweeper(world: World): Background {
  const { log, settings } = world
  let expired = ''
  return inBackground({
    ...{ log, between: pauseBetweenRounds, trouble: 'Removing files of gone objects failed; trying again later.' },
    async round(signal) {
      const today = new Date(world.now()).toISOString().slice(0, 10)
      if (today !== expired) {
        const count = await expireBuckets(world, signal)
        if (count > 0) log.info({ count }, 'Lifecycle rules of buckets removed objects or uploads.')
        expired = today
      }
      await prepareFolder(settings.dataFolder)
      const removed = await sweepObjects(world, signal)
      if (removed > 0) log.debug({ removed }, 'Files of gone objects were removed.')
    },
  })
}
