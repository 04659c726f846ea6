/** One page of a bucket's keys: folded into common prefixes at a delimiter, in the order of UTF-8 bytes. */
import { isBefore, type Place, successor } from './key-order.ts'
import type { ObjectRow } from './objects-store.ts'
import { invalidArgument } from './refusals.ts'

/** What is listed: objects, or versions of them, which have a rank. */
export type Named = { readonly name: string; readonly rank?: number }

export type Page<Row extends Named = ObjectRow> = {
  readonly contents: readonly Row[]
  readonly prefixes: readonly string[]
  /** Where the next page begins; undefined if this is the last. */
  readonly next: Place | undefined
  /** The last key or common prefix of the page. */
  readonly last: string | undefined
}

export type PageRequest = {
  readonly prefix: string
  /** Empty: nothing is folded. */
  readonly delimiter: string
  readonly limit: number
  readonly from: Place
}

/** Rows of the bucket in order, from a place on and before a name. */
export type Fetch<Row> = (from: Place, before: string | undefined, limit: number) => Promise<Row[]>

/** After a batch that ended inside a folded prefix the next one is small: it may lie in another such prefix. */
const smallestBatch = 16

/** The common prefix that a key folds into, if any. */
export function foldedPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined
  const at = key.indexOf(delimiter, prefix.length)
  return at < 0 ? undefined : key.slice(0, at + delimiter.length)
}

/** Reads as few rows as it can: past a common prefix it goes on behind everything that folds into it. */
export async function readPage<Row extends Named>(
  { prefix, delimiter, limit, from }: PageRequest,
  fetch: Fetch<Row>,
): Promise<Page<Row>> {
  const contents: Row[] = []
  const prefixes: string[] = []
  const before = successor(prefix)
  let place = isBefore(from.name, prefix) ? { name: prefix, inclusive: true } : from
  let last: string | undefined
  let batch = limit + 1
  if (limit === 0) return { contents, prefixes, next: undefined, last }
  for (;;) {
    const rows = await fetch(place, before, batch)
    let folding: string | undefined
    for (const row of rows) {
      if (folding !== undefined && row.name.startsWith(folding)) continue
      folding = undefined
      const room = contents.length + prefixes.length < limit
      // There is more, or this loop would not have come here.
      if (!room) return { contents, prefixes, next: place, last }
      const folded = foldedPrefix(row.name, prefix, delimiter)
      if (folded === undefined) {
        contents.push(row)
        last = row.name
        place = { name: row.name, inclusive: false, ...(row.rank !== undefined && { rank: row.rank }) }
        continue
      }
      prefixes.push(folded)
      last = folded
      folding = folded
      const behind = successor(folded)
      if (behind === undefined) return { contents, prefixes, next: undefined, last }
      place = { name: behind, inclusive: true }
    }
    if (rows.length < batch) return { contents, prefixes, next: undefined, last }
    batch = folding === undefined ? Math.min(batch * 2, limit + 1) : Math.min(smallestBatch, limit + 1)
  }
}

/** A place as an opaque text, and back; undefined for what is none. */
export const writeToken = ({ name, inclusive }: Place): string =>
  Buffer.from(`${inclusive ? 'from' : 'after'}:${name}`).toString('base64url')

export function readToken(token: string): Place | undefined {
  const bytes = Buffer.from(token, 'base64url')
  if (bytes.toString('base64url') !== token) return undefined
  const [, word, name] = /^(from|after):(.*)$/s.exec(bytes.toString('utf8')) ?? []
  if (word === undefined || name === undefined || name.includes('\0')) return undefined
  return { name, inclusive: word === 'from' }
}

/** `encoding-type=url`: percent-encoded, slashes and a few others as they are, as AWS prints keys. */
export const urlEncode = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%2F', '/')
    .replaceAll('%20', '+')

/** How keys are printed: as they are, or percent-encoded if asked. */
export function readEncoding(query: ReadonlyMap<string, string>): {
  type: string | undefined
  print(text: string): string
} {
  const type = query.get('encoding-type')
  if (type === undefined || type === '') return { type: undefined, print: (text) => text }
  if (type !== 'url') return invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', type)
  return { type, print: urlEncode }
}
