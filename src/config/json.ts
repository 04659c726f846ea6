/** Settings that are JSON: a file, or the text itself; and their objects, read member by member. Refusals name the place. */
import { existsSync, readFileSync } from 'node:fs'
import { SettingError } from './setting.ts'

type JsonObject = Readonly<Record<string, unknown>>

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The JSON of a setting. Refuses what is neither a file nor JSON; `flag` names the setting in the refusal. */
export function readJsonSetting(flag: string, setting: string): unknown {
  const inline = /^\s*[{[]/.test(setting)
  const shown = setting.slice(0, 80)
  const refuse = (sentence: string): never => {
    throw new SettingError(`${[flag, shown].filter(Boolean).join(': ')}: ${sentence}`)
  }
  if (!inline && !existsSync(setting)) refuse('there is no such file.')
  try {
    return JSON.parse(inline ? setting : readFileSync(setting, 'utf8'))
  } catch (error) {
    return refuse(`is no JSON: ${(error as Error).message}.`)
  }
}

/** One object of a setting. */
export type JsonRow = {
  readonly members: JsonObject
  refuse(sentence: string): never
  /** Refuses members of other names. */
  only(names: readonly string[]): void
  optional(name: string): string | undefined
  text(name: string): string
  url(name: string): string
}

/** The object at a place of a setting, such as `streams.orders`; without a place it is the whole. */
export function jsonRow(flag: string, place: string, value: unknown): JsonRow {
  const refuse = (sentence: string): never => {
    throw new SettingError(`${[flag, place].filter(Boolean).join(': ')}: ${sentence}`)
  }
  const members = isObject(value) ? value : refuse('must be an object.')
  const optional = (name: string): string | undefined => {
    const member = members[name]
    if (member === undefined || (typeof member === 'string' && member !== '')) return member
    return refuse(`'${name}' must be a text.`)
  }
  const text = (name: string): string => optional(name) ?? refuse(`'${name}' is missing.`)
  return {
    ...{ members, refuse, optional, text },
    only(names) {
      const other = Object.keys(members).find((name) => !names.includes(name))
      if (other !== undefined) refuse(`'${other}' is none of ${names.join(', ')}.`)
    },
    url(name) {
      const given = text(name)
      return /^https?:$/.test(URL.parse(given)?.protocol ?? '')
        ? given
        : refuse(`'${name}' must be an http or https URL.`)
    },
  }
}

/** The objects in an object, by their names. */
export const jsonRows = (flag: string, place: string, value: unknown): [name: string, row: JsonRow][] =>
  Object.entries(jsonRow(flag, place, value).members).map(([name, row]) => [
    name,
    jsonRow(flag, [place, name].filter(Boolean).join('.'), row),
  ])
