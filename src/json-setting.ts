/** Settings that are JSON: a file, or the text itself. */
import { existsSync, readFileSync } from 'node:fs'
import { SettingError } from './config.ts'

/** The JSON of a setting. Refuses what is neither a file nor JSON; `flag` names the setting in the refusal. */
export function readJsonSetting(flag: string, setting: string): unknown {
  const inline = /^\s*[{[]/.test(setting)
  const shown = setting.slice(0, 80)
  if (!inline && !existsSync(setting)) throw new SettingError(`${flag}: ${shown}: there is no such file.`)
  try {
    return JSON.parse(inline ? setting : readFileSync(setting, 'utf8'))
  } catch (error) {
    throw new SettingError(`${flag}: ${shown}: is no JSON: ${(error as Error).message}.`)
  }
}
