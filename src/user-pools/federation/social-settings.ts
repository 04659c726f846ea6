/** The setting `--social-providers`: where social providers are asked instead of their usual places. */
import { existsSync, readFileSync } from 'node:fs'
import { SettingError } from '../../config.ts'
import type { Settings } from '../../world.ts'
import { social } from './social.ts'

const flag = '--social-providers'
const members = ['authorize_url', 'token_url', 'attributes_url', 'jwks_uri', 'oidc_issuer']

const refuse = (sentence: string): never => {
  throw new SettingError(`${flag}: ${sentence}`)
}

function readJson(setting: string): unknown {
  const inline = /^\s*\{/.test(setting)
  if (!inline && !existsSync(setting)) return refuse(`${setting.slice(0, 80)}: there is no such file.`)
  try {
    return JSON.parse(inline ? setting : readFileSync(setting, 'utf8'))
  } catch {
    return refuse(`${setting.slice(0, 80)}: is no JSON.`)
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** `{ "Google": { "authorize_url": "…", "token_url": "…" } }` */
export function readSocialProviders(setting: string | undefined): Settings['socialProviders'] {
  if (setting === undefined) return {}
  const read = readJson(setting)
  if (!isRecord(read)) return refuse('must be an object of providers by their names.')
  for (const [name, row] of Object.entries(read)) {
    if (!Object.hasOwn(social, name)) refuse(`'${name}' is none of ${Object.keys(social).join(', ')}.`)
    if (!isRecord(row)) return refuse(`${name}: must be an object.`)
    for (const [member, value] of Object.entries(row)) {
      if (!members.includes(member)) refuse(`${name}: '${member}' is none of ${members.join(', ')}.`)
      if (typeof value !== 'string' || !/^https?:$/.test(URL.parse(value)?.protocol ?? '')) {
        refuse(`${name}: '${member}' must be an http or https URL.`)
      }
    }
  }
  return read as Settings['socialProviders']
}
