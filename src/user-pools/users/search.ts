/** ListUsers' filter language, and the form in which values are searched. AWS: API_ListUsers, "Filter". */
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'
import type { Indexed, Range } from './store.ts'
import type { User } from './user.ts'
import { canonicalName } from './username.ts'

/** Searchable attributes that are no columns of their own. */
const indexedAttributes = ['email', 'phone_number', 'name', 'given_name', 'family_name', 'preferred_username'] as const

const searchable: ReadonlySet<string> = new Set([
  ...indexedAttributes,
  'username',
  'cognito:user_status',
  'status',
  'sub',
])

export type Filter = { readonly name: string; readonly value: string; readonly prefix: boolean }

/**
 * `attribute = "value"` or `attribute ^= "prefix"`; the attribute may be quoted, quotes in the value are escaped with a
 * backslash. An empty filter is none.
 */
export function readFilter(text: string | undefined): Filter | undefined {
  if (!text?.trim()) return undefined
  const [, , name, operator, escaped] = /^\s*("?)([^\s"=^]+)\1\s*(\^?=)\s*"((?:[^"\\]|\\[\s\S])*)"\s*$/.exec(text) ?? []
  if (name === undefined || escaped === undefined)
    return fail('InvalidParameterException', 'Error while parsing filter.')
  if (!searchable.has(name)) fail('InvalidParameterException', `Invalid search attribute: ${name}`)
  return { name, value: escaped.replace(/\\([\s\S])/g, '$1'), prefix: operator === '^=' }
}

/** In an index entry both engines can hold: far longer than a filter, which has at most 256 characters. */
const longestIndexed = 512

/**
 * Attributes are searched without regard to case, and composed. unproved: AWS's pages differ; the newest calls the
 * username and `status` case-sensitive and is silent on these, older ones called every search case-insensitive.
 */
const fold = (value: string): string =>
  value.normalize('NFC').toLowerCase().replaceAll('\0', '\ufffd').slice(0, longestIndexed).toWellFormed()

/** The index entries of a user. */
export const indexedOf = (attributes: User['attributes']): Indexed[] =>
  indexedAttributes.flatMap((name) => (attributes[name] ? [{ name, value: fold(attributes[name]) }] : []))

/** The range of values a filter asks for, folded as they are stored. */
export function rangeOf(pool: Pool, { name, value, prefix }: Filter): Range {
  const from = folds[name]?.(pool, value) ?? fold(value)
  return { from, before: prefix ? afterPrefix(from) : `${from}\u0001` }
}

const clean = (value: string): string => value.toWellFormed().replaceAll('\0', '\ufffd')

const folds: Readonly<Record<string, (pool: Pool, value: string) => string>> = {
  username: (pool, value) => clean(canonicalName(pool, value)),
  sub: (_, value) => clean(value),
  'cognito:user_status': (_, value) => clean(value.toUpperCase()),
}

/** The least string after all that begin with the prefix, in the order of code points; undefined if there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix)
  for (;;) {
    const last = points.pop()?.codePointAt(0)
    if (last === undefined) return undefined
    // Surrogates are no characters: after U+D7FF comes U+E000.
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1)
  }
}

/** Which of `Enabled` and `Disabled` a filter on `status` asks for. */
export const enabledBy = ({ value, prefix }: Filter): boolean[] =>
  [true, false].filter((enabled) => {
    const label = enabled ? 'Enabled' : 'Disabled'
    return prefix ? label.startsWith(value) : label === value
  })
