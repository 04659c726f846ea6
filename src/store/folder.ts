/** The folder of everything that is no database of its own: made where it is absent, refused where nobody can write. */
import { accessSync, constants, existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes the folder if it is absent; refuses, with a sentence, one in which this process cannot write. */
export function makeFolder(folder: string): void {
  try {
    make(folder)
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch (error) {
    throw new Error(
      `The data folder ${folder} cannot be used (${(error as Error).message}). Let this user write there, or choose another with --data.`,
    )
  }
}

/** Node's own `recursive` goes round for ever below a folder that exists and in which none can be made, such as /proc. */
function make(folder: string): void {
  if (existsSync(folder)) return
  make(dirname(folder))
  try {
    mkdirSync(folder, { mode: 0o700 })
  } catch (error) {
    // Another process may have been quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
