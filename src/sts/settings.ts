/** What the server is told of parties outside: where login providers are asked, and which roles another STS gives. */
import { existsSync, readFileSync } from 'node:fs'
import { SettingError } from '../config.ts'
import type { LoginProviders, OutsideSts } from '../world.ts'

type Row = Readonly<Record<string, unknown>>

/** The JSON of a setting: a file, or the text itself. Refuses what is not a list or object as wanted. */
function readJson(flag: string, setting: string): unknown {
  const inline = /^\s*[{[]/.test(setting)
  if (!inline && !existsSync(setting))
    throw new SettingError(`${flag}: ${setting.slice(0, 80)}: there is no such file.`)
  try {
    return JSON.parse(inline ? setting : readFileSync(setting, 'utf8'))
  } catch {
    throw new SettingError(`${flag}: ${setting.slice(0, 80)}: is no JSON.`)
  }
}

/** The row with texts of these names only, of which some are URLs. */
function checkRow(flag: string, name: string, row: unknown, known: readonly string[], urls: readonly string[]): Row {
  const refuse = (sentence: string): never => {
    throw new SettingError(`${flag}: ${name}: ${sentence}`)
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return refuse('must be an object.')
  for (const [key, value] of Object.entries(row)) {
    if (!known.includes(key)) refuse(`'${key}' is none of ${known.join(', ')}.`)
    if (typeof value !== 'string' || value === '') refuse(`'${key}' must be a text.`)
    if (urls.includes(key) && !/^https?:$/.test(URL.parse(value)?.protocol ?? '')) {
      refuse(`'${key}' must be an http or https URL.`)
    }
  }
  return row as Row
}

const providersFlag = '--login-providers'

/** `{ "login.example.com": { "issuer": "…", "jwksUri": "…" }, "graph.facebook.com": { "url": "…" } }` */
export function readLoginProviders(setting: string | undefined): LoginProviders {
  if (setting === undefined) return {}
  const read = readJson(providersFlag, setting)
  if (typeof read !== 'object' || read === null || Array.isArray(read)) {
    throw new SettingError(`${providersFlag}: must be an object of providers by their names.`)
  }
  for (const [name, row] of Object.entries(read)) {
    checkRow(providersFlag, name, row, ['issuer', 'jwksUri', 'url'], ['issuer', 'jwksUri', 'url'])
  }
  return read as LoginProviders
}

const outsideFlag = '--outside-sts'

/** `[{ "roles": "arn:aws:iam::111122223333:role/", "endpoint": "https://sts.eu-west-1.amazonaws.com" }]` */
export function readOutsideSts(setting: string | undefined): readonly OutsideSts[] {
  if (setting === undefined) return []
  const read = readJson(outsideFlag, setting)
  if (!Array.isArray(read)) throw new SettingError(`${outsideFlag}: must be a list.`)
  return read.map((row: unknown, index) => {
    const name = `row ${index + 1}`
    const { roles, endpoint, guestPolicy } = checkRow(
      outsideFlag,
      name,
      row,
      ['roles', 'endpoint', 'guestPolicy'],
      ['endpoint'],
    )
    if (typeof roles !== 'string' || typeof endpoint !== 'string') {
      throw new SettingError(`${outsideFlag}: ${name}: needs 'roles' and 'endpoint'.`)
    }
    return { roles, endpoint, ...(typeof guestPolicy === 'string' && { guestPolicy }) }
  })
}
