/** Which functions there are: the setting `functions`, a folder or a JSON document, read into what each name resolves to. */
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, extname, join, resolve, sep } from 'node:path'
import { type JsonRow, jsonRow, jsonRows, readJsonSetting } from '../config/json.ts'
import { SettingError } from '../config/setting.ts'
import { readDestination } from '../outbound/destination.ts'
import type { Destination } from '../world.ts'

/** Code of this machine, run in processes of its own. */
export type LocalFunction = {
  readonly kind: 'local'
  /** The folder or file, resolved. */
  readonly path: string
  /** `index.handler`: the file without its ending, and the export. */
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  /** Megabytes. */
  readonly memory: number
  /** Calls at a time; each has its own process. */
  readonly concurrency: number
  /** The KMSKeyID of pools whose codes this function sends: it is then given the key to open them. */
  readonly senderKey: string | undefined
}

/** Code of this machine, a server that is posted the event, or Lambda's own API: AWS, or an emulator of it. */
export type FunctionSetting = LocalFunction | Destination

/** Finds a function by one of its names; the most exact name first. */
export type Functions = (names: readonly string[]) => FunctionSetting | undefined

const flag = '--functions'

const endings = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'] as const
const isCode = (file: string) =>
  (endings as readonly string[]).includes(extname(file)) && !/\.(d|test|spec)\.\w+$/.test(file)

/**
 * Reads the setting: a folder whose subfolders and files are functions by their names, a JSON file, or JSON itself.
 * Refuses what it cannot read, and a function whose folder holds `dataFolder`: it could read the server's data.
 */
export function readFunctions(setting: string | undefined, dataFolder: string): Functions {
  if (setting === undefined) return () => undefined
  const inline = setting.trimStart().startsWith('{')
  if (!inline && !existsSync(setting))
    throw new SettingError(`${flag}: ${setting.slice(0, 80)}: there is no such folder or file.`)
  if (!inline && statSync(setting).isDirectory()) return inFolder(resolve(setting), dataFolder)
  const base = inline ? resolve('.') : dirname(resolve(setting))
  const found = new Map(
    jsonRows(flag, '', readJsonSetting(flag, setting)).map(([name, row]) => [name, readRow(row, base, dataFolder)]),
  )
  return (names) => [...names, '*'].map((name) => found.get(name)).find((one) => one !== undefined)
}

const readRow = (row: JsonRow, base: string, dataFolder: string): FunctionSetting =>
  'url' in row.members || 'endpoint' in row.members ? readDestination(row) : readLocal(row, base, dataFolder)

/** Looks again at every call for a name that was not there, so that a new function needs no restart. */
function inFolder(folder: string, dataFolder: string): Functions {
  const known = new Map<string, LocalFunction>()
  return (names) => {
    for (const name of names) {
      const found = known.get(name) ?? findIn(folder, name, dataFolder)
      if (found) known.set(name, found)
      if (found) return found
    }
    return undefined
  }
}

/** The function's own `function.json`, where there is one, says handler, environment, memory, concurrency, senderKey. */
function findIn(folder: string, name: string, dataFolder: string): LocalFunction | undefined {
  if (!/^[\w-]{1,140}$/.test(name) || name === 'node_modules') return undefined
  const entry = readdirSync(folder, { withFileTypes: true }).find(
    (one) => one.name === name || (isCode(one.name) && one.name.slice(0, -extname(one.name).length) === name),
  )
  if (!entry) return undefined
  const path = join(folder, entry.name)
  if (!statSync(path).isDirectory()) return readLocal(jsonRow(flag, name, { file: path }), folder, dataFolder)
  const own = join(path, 'function.json')
  const { members } = jsonRow(flag, own, existsSync(own) ? readJsonSetting(flag, own) : {})
  return readLocal(jsonRow(flag, name, { ...members, folder: path }), path, dataFolder)
}

const members = ['folder', 'file', 'handler', 'environment', 'memory', 'concurrency', 'senderKey']

function readLocal(row: JsonRow, base: string, dataFolder: string): LocalFunction {
  row.only(members)
  const { refuse } = row
  const { folder, file, handler = 'index.handler', environment = {}, memory = 128, concurrency = 10 } = row.members
  const place = folder ?? file
  if (typeof place !== 'string' || (folder !== undefined && file !== undefined))
    return refuse('must have a folder or a file, a url, or an endpoint.')
  const path = resolve(base, place)
  if (!existsSync(path)) return refuse(`there is no ${path}.`)
  const real = realpathSync(path)
  if (statSync(real).isDirectory() !== (folder !== undefined)) return refuse(`${path} is not what it is called.`)
  if (typeof handler !== 'string' || !/^[\w./-]*\w\.[\w$]+$/.test(handler) || handler.split('/').includes('..'))
    return refuse("handler must be like 'index.handler'.")
  const variables = Object.entries(environment as object)
  if (variables.some(([, value]) => typeof value !== 'string')) return refuse('environment values must be text.')
  // A variable of Node's own could lift what the process is refused.
  if (variables.some(([key]) => /^(NODE_|LD_|DYLD_)/i.test(key)))
    return refuse('environment may not set NODE_*, LD_* or DYLD_*.')
  if (!isCount(memory, 32, 10_240)) return refuse('memory must be 32 to 10240 megabytes.')
  if (!isCount(concurrency, 1, 1_000)) return refuse('concurrency must be 1 to 1000.')
  const senderKey = row.optional('senderKey')
  const data = existsSync(dataFolder) ? realpathSync(dataFolder) : dataFolder
  if (`${data}${sep}`.startsWith(`${real}${sep}`)) return refuse(`${path} holds the data folder.`)
  return {
    ...{ kind: 'local', path: real, handler, environment: Object.fromEntries(variables) },
    ...{ memory, concurrency, senderKey },
  }
}

const isCount = (value: unknown, least: number, most: number): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most

/** The file of a function's handler and the export in it; undefined when there is none. */
export function entryOf({ path, handler }: LocalFunction): { file: string; name: string } | undefined {
  const dot = handler.lastIndexOf('.')
  const name = handler.slice(dot + 1)
  if (!statSync(path).isDirectory()) return { file: path, name }
  const file = endings.map((ending) => join(path, handler.slice(0, dot) + ending)).find((one) => existsSync(one))
  return file === undefined ? undefined : { file, name }
}
