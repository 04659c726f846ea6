/** The parameters of a request: as text, as counts, as texts that are compared with keys. */
import { readQuery } from '../../wire/sigv4-canonical.ts'
import { decodeBytes } from './address.ts'
import { invalidArgument } from './refusals.ts'

/** Parameters as text; of one that comes twice the first counts, as everywhere in this service. */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  if (query === '') return parameters
  for (const [name, value] of readQuery(query)) {
    if (!parameters.has(name)) parameters.set(name, decodeBytes(value))
  }
  return parameters
}

const mostKeys = 1000

/** A count from the query, capped; refuses what is no number. */
export function readCount(query: ReadonlyMap<string, string>, name: string, most = mostKeys): number {
  const text = query.get(name)
  if (text === undefined || text === '') return most
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    const sentence = /^-?\d+$/.test(text)
      ? `Argument ${name} must be an integer between 0 and 2147483647`
      : `Provided ${name} not an integer or within integer range`
    return invalidArgument(sentence, name, text)
  }
  return Math.min(Number(text), most)
}

/** A text from the query that is compared with keys; no key holds U+0000. */
export function readText(query: ReadonlyMap<string, string>, name: string): string {
  const text = query.get(name) ?? ''
  return text.includes('\0') ? invalidArgument(`Invalid ${name}`, name, text) : text
}
