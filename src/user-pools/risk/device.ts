/** What a client says about the device it runs on: a name for people, and a mark by which it is known again. */
import { createHash } from 'node:crypto'

/** Most specific first: a browser names those it descends from. */
const browsers: readonly (readonly [string, RegExp])[] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\/(\d+)/],
  ['Opera', /\b(?:OPR|Opera)\/(\d+)/],
  ['Samsung Internet', /\bSamsungBrowser\/(\d+)/],
  ['Firefox', /\b(?:Firefox|FxiOS)\/(\d+)/],
  ['Chrome', /\b(?:Chrome|CriOS)\/(\d+)/],
  ['Safari', /\bVersion\/(\d+)[\d.]* (?:Mobile\/\S+ )?Safari\//],
  ['AWS SDK for JavaScript', /\baws-sdk-js\/(\d+)/],
  ['AWS CLI', /\baws-cli\/(\d+)/],
  ['Boto3', /\bBoto3\/(\d+)/i],
  ['Amplify', /\baws-amplify\/(\d+)/],
]

const systems: readonly (readonly [string, RegExp])[] = [
  ['Windows 10', /Windows NT 10/],
  ['Windows', /Windows/],
  ['iOS', /iPhone|iPad|iPod|\bios\b/],
  ['Android', /Android/],
  ['ChromeOS', /CrOS/],
  ['Mac OS X', /Mac OS X|Macintosh|darwin|macos/i],
  ['Linux', /Linux/i],
]

const find = (table: readonly (readonly [string, RegExp])[], agent: string) => {
  for (const [name, pattern] of table) {
    const match = pattern.exec(agent)
    if (match) return { name, version: match[1] }
  }
  return undefined
}

/** `Chrome 120, Windows 10`; `Other` for what is not known. Never the text itself, which is the caller's to choose. */
export function deviceName(agent: string): string {
  const [browser, system] = [find(browsers, agent), find(systems, agent)]
  const first = browser ? [browser.name, browser.version].filter(Boolean).join(' ') : 'Other'
  return `${first}, ${system?.name ?? 'Other'}`
}

/** The same browser on the same system, whatever its version: people update. */
const kindOf = (agent: string) => `${find(browsers, agent)?.name ?? agent}/${find(systems, agent)?.name ?? ''}`

export type Device = { readonly name: string; readonly mark: string; readonly timezone: string | undefined }

const longestEncoded = 16_384

/**
 * The device of a request. EncodedData of AWS's own client libraries is base64 of JSON with a JSON `payload` whose
 * `contextData` has DeviceId, UserAgent and ClientTimezone. unproved: its signature, made with the public client id, is
 * not checked, since it proves nothing; a device id is only ever compared with those the same user had before.
 */
export function readDevice(agent: string, encoded: string | undefined): Device {
  const told = encoded && encoded.length <= longestEncoded ? readEncoded(encoded) : undefined
  const text = (name: string) => {
    const value = told?.[name]
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const shown = text('UserAgent') ?? agent
  const mark = createHash('sha256')
    .update(text('DeviceId') ?? kindOf(shown))
    .digest('base64url')
    .slice(0, 22)
  const timezone = text('ClientTimezone')
  return {
    name: deviceName(shown),
    mark,
    timezone: timezone && /^[\w+:/-]{1,32}$/.test(timezone) ? timezone : undefined,
  }
}

function readEncoded(encoded: string): Record<string, unknown> | undefined {
  try {
    const outer = JSON.parse(Buffer.from(encoded, 'base64').toString()) as { payload?: unknown } | null
    const payload = typeof outer?.payload === 'string' ? (JSON.parse(outer.payload) as unknown) : outer
    const inner = (payload as { contextData?: unknown } | null)?.contextData
    return typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
