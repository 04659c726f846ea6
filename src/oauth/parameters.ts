/** Parameters of a query or a form, each at most once: who checks one and uses another is deceived. RFC 6749 3.1. */
import { readBody } from '../wire/body.ts'
import { hasTooMany } from '../wire/form.ts'
import type { Call } from '../wire/http.ts'
import { refuse } from './refusals.ts'

export type Parameters = {
  /** The value; undefined if absent or empty, which RFC 6749 3.1 makes the same. */
  get(name: string): string | undefined
  /** Some parameter came more than once, or there are so many that nobody looked. */
  readonly repeated: boolean
  /** Those that came more than once. */
  isRepeated(name: string): boolean
  /** All that have a value. */
  entries(): [name: string, value: string][]
}

export function readParameters(text: string): Parameters {
  const unread = hasTooMany(text)
  const all = new URLSearchParams(unread ? '' : text)
  const count = new Map<string, number>()
  for (const name of all.keys()) count.set(name, (count.get(name) ?? 0) + 1)
  return {
    get: (name) => all.get(name) || undefined,
    repeated: unread || [...count.values()].some((times) => times > 1),
    isRepeated: (name) => (count.get(name) ?? 0) > 1,
    entries: () => [...all].filter(([, value]) => value !== ''),
  }
}

const longestForm = 65_536

/** The form of a POST. Refuses other methods, other content types, and parameters that come twice. */
export async function readForm(call: Call): Promise<Parameters> {
  const type = (call.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (call.method !== 'POST' || type !== 'application/x-www-form-urlencoded') refuse('invalid_request')
  const form = readParameters((await readBody(call, longestForm)).toString())
  if (form.repeated) refuse('invalid_request')
  return form
}
