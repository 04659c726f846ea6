/**
 * Where streams and pushes go: the setting `--sync`, a JSON file or JSON itself:
 * `{ "streams": { "<name or *>": { "endpoint", "region", "accessKeyId", "secretAccessKey" } | { "url", "secret" } },
 *    "push": { "endpoint", "region", "accessKeyId", "secretAccessKey" } | { "url", "secret" } }`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { SettingError } from '../config.ts'
import type { Destination, SyncSettings } from '../world.ts'

export const noSync: SyncSettings = { streams: new Map(), push: undefined }

export const findDestination = ({ streams }: SyncSettings, name: string): Destination | undefined =>
  streams.get(name) ?? streams.get('*')

const refuse = (place: string, sentence: string): never => {
  throw new SettingError(`--sync: ${place}: ${sentence}`)
}

export function readSync(setting: string | undefined): SyncSettings {
  if (setting === undefined) return noSync
  const inline = setting.trimStart().startsWith('{')
  if (!inline && !existsSync(setting)) return refuse(setting, 'there is no such file.')
  const { streams, push, ...more } = objectAt(
    setting.slice(0, 80),
    parse(inline ? setting : readFileSync(setting, 'utf8')),
  )
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) refuse(unknown, 'is none of streams and push.')
  return {
    streams: new Map(
      Object.entries(streams === undefined ? {} : objectAt('streams', streams)).map(([name, row]) => [
        name,
        readDestination(`streams.${name}`, row),
      ]),
    ),
    push: push === undefined ? undefined : readDestination('push', push),
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function objectAt(place: string, value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse(place, 'is no JSON object.')
  return value as Record<string, unknown>
}

const members = {
  http: ['url', 'secret'],
  aws: ['endpoint', 'region', 'accessKeyId', 'secretAccessKey', 'sessionToken'],
} as const

function readDestination(place: string, row: unknown): Destination {
  const given = objectAt(place, row)
  const kind = 'url' in given ? 'http' : 'aws'
  const known: readonly string[] = members[kind]
  const unknown = Object.keys(given).find((key) => !known.includes(key))
  if (unknown !== undefined) refuse(place, `there is no '${unknown}' here; there are ${known.join(', ')}.`)
  const optional = (key: string) => {
    const value = given[key]
    return value === undefined || (typeof value === 'string' && value !== '')
      ? value
      : refuse(place, `${key} must be text.`)
  }
  const text = (key: string) => optional(key) ?? refuse(place, `${key} is missing.`)
  const url = (key: string) =>
    /^https?:\/\//.test(text(key)) && URL.canParse(text(key))
      ? text(key)
      : refuse(place, `${key} is no http or https URL.`)
  if (kind === 'http') return { kind, url: url('url'), secret: text('secret') }
  return {
    kind,
    endpoint: given['endpoint'] === 'aws' ? 'aws' : url('endpoint'),
    region: optional('region'),
    accessKeyId: text('accessKeyId'),
    secretAccessKey: text('secretAccessKey'),
    sessionToken: optional('sessionToken'),
  }
}
