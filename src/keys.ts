/** The secrets that live outside the database: the master key and the root access keys, given by setting or kept in the data folder. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jsonRow, readJsonSetting } from './config/json.ts'
import { type Config, SettingError } from './config.ts'
import type { Seal } from './protocols/seal.ts'
import type { Db } from './store/db.ts'
import { readSetting, writeSettingOnce } from './store/settings.ts'

/** Known to everybody, so they exist in development only; signatures made with them are verified all the same. */
const devKeys: ReadonlyMap<string, string> = new Map([
  ['test', 'test'],
  ['local', 'local'],
])

/** The 32 bytes that seal everything: the setting, or the data folder's own. Made only in development. */
export function readMasterKey(config: Config): Buffer {
  if (config.masterKey) return config.masterKey
  const file = join(config.data, 'master.key')
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8').trim()
    if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, 'hex')
    throw new SettingError(`${file} does not hold a master key, which is 64 hex digits. Put it back from your copy.`)
  }
  if (!config.dev)
    throw new SettingError(
      `POOLHOUSE_MASTER_KEY is not set and ${file} does not exist. Make a key with \`openssl rand -hex 32\`, keep a copy in a safe place, and set it.`,
    )
  const key = randomBytes(32)
  writePrivate(file, `${key.toString('hex')}\n`)
  return key
}

/** The account's root access keys, id to secret. */
export function readRootKeys(config: Config): ReadonlyMap<string, string> {
  if (config.accessKeys) return config.dev ? new Map([...config.accessKeys, ...devKeys]) : config.accessKeys
  if (config.dev) return devKeys
  const file = join(config.data, 'access-keys.json')
  if (!existsSync(file))
    writePrivate(
      file,
      `${JSON.stringify({ [`AKIA${randomLetters(16)}`]: randomBytes(30).toString('base64url') }, null, 2)}\n`,
    )
  return readKeyFile(file)
}

function readKeyFile(file: string): ReadonlyMap<string, string> {
  const row = jsonRow('', file, readJsonSetting('', file))
  const ids = Object.keys(row.members)
  if (ids.length === 0) row.refuse('must hold an access key. Delete the file to have one made.')
  return new Map(ids.map((id) => [id, row.text(id)]))
}

/** Refuses a master key that did not seal this database, before anything is written with it. */
export async function checkMasterKey(db: Db, seal: Seal): Promise<void> {
  const name = 'master-key-check'
  const known = (await readSetting(db, name)) ?? (await writeSettingOnce(db, name, seal.seal(name, 'poolhouse')))
  if (!seal.open(name, known))
    throw new SettingError(
      'The master key is not the one this database was sealed with. Set POOLHOUSE_MASTER_KEY to the key it was made with.',
    )
}

// RFC 4648 base 32, as AWS's own key ids use it.
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const randomLetters = (count: number) => [...randomBytes(count)].map((byte) => letters[byte % 32]).join('')

/** Whole or not at all, and readable by the owner only. */
export function writePrivate(file: string, text: string): void {
  writeFileSync(`${file}.new`, text, { mode: 0o600 })
  renameSync(`${file}.new`, file)
}
