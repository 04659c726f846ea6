/** One process per data folder: a lock that the operating system lets go when its holder dies, however it dies. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { makeFolder } from './folder.ts'

/**
 * Takes the folder (made if absent) for this process, or refuses with a sentence naming the folder and the holder's pid.
 * Answers the function that lets go.
 *
 * The lock is SQLite's own on `lock.db`, not the pid in `lock.pid`, which is only for the sentence: so neither a stale
 * file nor a pid given to another process can mislead. POSIX drops a process's file locks when it closes any handle of
 * the file: nothing else in the process may open `lock.db`.
 */
export async function lockFolder(folder: string): Promise<() => void> {
  makeFolder(folder)
  const pidFile = join(folder, 'lock.pid')
  const file = join(folder, 'lock.db')
  const lock = new DatabaseSync(file, { timeout: 0 })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    if (isBusy(error)) throw new Error(`The data folder ${folder} is in use by another process${holder(pidFile)}.`)
    throw new Error(
      `The data folder ${folder} cannot be locked (${(error as Error).message}). ${file} holds nothing: delete it.`,
    )
  }
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 })
  let held = true
  return () => {
    if (!held) return
    held = false
    rmSync(pidFile, { force: true })
    lock.close()
  }
}

// https://www.sqlite.org/rescode.html#busy
const isBusy = (error: unknown) =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && (error.errcode & 0xff) === 5

function holder(pidFile: string): string {
  try {
    const pid = readFileSync(pidFile, 'utf8').trim()
    return pid ? ` (pid ${pid})` : ''
  } catch {
    return ''
  }
}
