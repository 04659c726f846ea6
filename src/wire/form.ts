/** Forms and queries (`a=1&b=2`): how many parameters one may have, and its reader. URL standard, "application/x-www-form-urlencoded parsing". */
import { AwsError } from './errors.ts'

/** More than any request of AWS's needs. The reader of the platform takes time with the square of this number. */
export const mostParameters = 2_000

/** Whether a text has more parameters than anybody reads. */
export function hasTooMany(text: string): boolean {
  let count = 1
  for (let at = text.indexOf('&'); at >= 0 && count <= mostParameters; at = text.indexOf('&', at + 1)) count++
  return count > mostParameters
}

/** The parameters of a request, in its order. */
export function readForm(text: string): URLSearchParams {
  if (hasTooMany(text)) throw new AwsError('MalformedInput', 'The request has too many parameters.')
  return new URLSearchParams(text)
}

const [plus, blank] = [0x2b, 0x20]

/** As text. Pluses are blanks already, of which the reader makes less ado. */
export function formText(body: Uint8Array): string {
  const bytes = Buffer.from(body)
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === plus) bytes[at] = blank
  return bytes.toString('utf8')
}
