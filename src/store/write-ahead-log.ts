/** SQLite's write-ahead log, brought to disk off the event loop: SQLite itself would stand still for it at every commit. */
import { type FileHandle, open } from 'node:fs/promises'

export type Log = {
  /** Resolves when all that was committed before is on disk, or rejects, then for good. Who asks while a flush is under way shares the next. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** The log beside that database file: SQLite makes it at the first commit and keeps it as long as a connection is open. */
export function openLog(file: string): Log {
  let handle: FileHandle | undefined
  let underWay: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined

  async function flushed(): Promise<void> {
    handle ??= await open(`${file}-wal`, 'r+')
    await handle.datasync()
  }

  return {
    flush: () => {
      next ??= underWay.then(() => {
        underWay = next as Promise<void>
        next = undefined
        return flushed()
      })
      return next
    },
    close: async () => handle?.close(),
  }
}

/** Of a database in memory. */
export const noLog: Log = { flush: async () => {}, close: async () => {} }
