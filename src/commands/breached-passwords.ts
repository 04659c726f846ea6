/** `poolhouse breached-passwords update <file>`: makes the offline list of breached passwords from the public text format. */
import { createReadStream, existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { SettingError } from '../config.ts'
import { makeFolder } from '../store/folder.ts'
import { breachedFile, convertHashes } from '../user-pools/risk/breached-file.ts'

export const usage = `Usage: poolhouse breached-passwords update <file> [--data FOLDER]

  <file>           SHA-1 hashes in hex, ordered by hash, a line each, with or without :count; - for standard input
  --data FOLDER    the data folder of the server; it takes the new list within a minute`

export async function run(args: string[], environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const [verb, file, ...rest] = args.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]))
  const [flag, folder] = rest
  if (verb !== 'update' || !file || rest.length > 2 || (flag !== undefined && (flag !== '--data' || !folder))) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  const data = resolve(folder ?? environment['POOLHOUSE_DATA'] ?? 'poolhouse-data')
  if (file !== '-' && !existsSync(file)) throw new SettingError(`There is no file ${file}.`)
  makeFolder(data)
  const target = breachedFile(data)
  try {
    const count = await convertHashes(file === '-' ? process.stdin : createReadStream(file), target)
    console.log(`${count} breached passwords are in ${target}.`)
  } catch (error) {
    throw new SettingError(`${file}: ${error instanceof Error ? error.message : error}`)
  }
}
