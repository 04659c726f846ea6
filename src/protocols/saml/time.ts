/** Times as SAML writes them: xs:dateTime with a time zone (SAML Core 1.3.3). */
import { refuse } from './error.ts'

const dateTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,12})?(Z|[+-]\d\d:\d\d)$/

/** Epoch milliseconds. */
export function readTime(text: string): number {
  const [, seconds = '', fraction = '', zone = ''] = dateTime.exec(text.trim()) ?? []
  const time = Date.parse(`${seconds}${fraction.slice(0, 4)}${zone}`)
  return Number.isNaN(time) ? refuse('malformed', 'A time is not an xs:dateTime with a time zone.') : time
}

/** Without fractions of a second, which some readers do not take. */
export const printTime = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
