/** Conditional requests and ranges. RFC 9110 sections 13 and 14; AWS: "Conditional reads", "Conditional writes". */
import { fail } from '../../wire/errors.ts'
import { unquoted } from './answers.ts'
import type { ObjectRow, WriteCondition } from './objects-store.ts'
import { failedCondition, notImplemented } from './refusals.ts'

type Headers = Readonly<Record<string, string | undefined>>
type State = Pick<ObjectRow, 'etag' | 'modified'>

const names = (list: string, etag: string) =>
  list.split(',').some((one) => one.trim() === '*' || unquoted(one) === etag)
/** RFC 9110 13.1.2: who only wants to know of changes may compare weakly. */
const namesWeakly = (list: string, etag: string) => names(list.replace(/(^|,)\s*W\//g, '$1'), etag)
/** HTTP dates have whole seconds. */
const seconds = (ms: number) => Math.floor(ms / 1000)
const readTime = (text: string | undefined) => {
  const time = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(time) ? undefined : seconds(time)
}

/** The four conditions of a read, under the names they have for the object itself or for the source of a copy. */
function judge(headers: Headers, prefix: string, { etag, modified }: State): { failed?: string; unchanged: boolean } {
  const match = headers[`${prefix}if-match`]
  const noneMatch = headers[`${prefix}if-none-match`]
  const since = readTime(headers[`${prefix}if-modified-since`])
  const until = readTime(headers[`${prefix}if-unmodified-since`])
  if (match !== undefined && !names(match, etag)) return { failed: `${prefix}If-Match`, unchanged: false }
  if (match === undefined && until !== undefined && seconds(modified) > until) {
    return { failed: `${prefix}If-Unmodified-Since`, unchanged: false }
  }
  if (noneMatch !== undefined) return { unchanged: namesWeakly(noneMatch, etag) }
  return { unchanged: since !== undefined && seconds(modified) <= since }
}

/** Whether the reader has this very object already. Refuses what a condition forbids. */
export function isUnchanged(headers: Headers, state: State): boolean {
  const { failed, unchanged } = judge(headers, '', state)
  if (failed) failedCondition(failed)
  return unchanged
}

/** The conditions on the source of a copy: there is no 304 for them. */
export function checkSource(headers: Headers, state: State): void {
  const { failed, unchanged } = judge(headers, 'x-amz-copy-source-', state)
  if (failed) failedCondition(failed)
  if (unchanged) {
    failedCondition(
      `x-amz-copy-source-If-${headers['x-amz-copy-source-if-none-match'] ? 'None-Match' : 'Modified-Since'}`,
    )
  }
}

/** When a write may happen. S3 knows `If-None-Match: *` and `If-Match: <etag>` only. */
export function readWriteCondition(headers: Headers): WriteCondition {
  const noneMatch = headers['if-none-match']
  const match = headers['if-match']
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*' || match !== undefined) return notImplemented('If-None-Match')
    return { absent: true }
  }
  if (match === undefined) return undefined
  return match.trim() === '*' ? notImplemented('If-Match') : { etag: unquoted(match) }
}

/**
 * The Range header, unless its sender has parts of another object: then all is sent. RFC 9110 13.1.5. A weak ETag names
 * none, a date only the very second. unproved: that S3 heeds If-Range, which its list of headers leaves out.
 */
export function rangeOf({ range, 'if-range': had }: Headers, { etag, modified }: State): string | undefined {
  if (range === undefined || had === undefined) return range
  const same = had.startsWith('"') ? unquoted(had) === etag : readTime(had) === seconds(modified)
  return same ? range : undefined
}

export type Range = { readonly start: number; readonly length: number }

/** The one range that is asked for; undefined if none is, or if it is written wrongly or is several: then all is sent. */
export function readRange(header: string | undefined, size: number): Range | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  if (start >= size || (first === '' && Number(last) === 0)) {
    fail('InvalidRange', 'The requested range is not satisfiable', {
      status: 416,
      extra: { RangeRequested: header ?? '', ActualObjectSize: size },
    })
  }
  return { start, length: end - start + 1 }
}
