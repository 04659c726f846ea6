/** How many results a page has. unproved: AWS says neither its most nor its usual; its clients ask for 1,024 records. */
import { fail } from '../../wire/errors.ts'

const most = 1024

export function pageSize(wanted: number | undefined): number {
  if (wanted !== undefined && wanted < 1) fail('InvalidParameterException', 'MaxResults must be at least 1.')
  return Math.min(wanted ?? most, most)
}
