/** Which rows of codes and attempts are past their time. */
import type { Expiring } from '../../store/sweep.ts'

export const expiring: readonly Expiring[] = [
  { table: 'codes', column: 'expires_at' },
  { table: 'attempts', column: 'ends_at' },
]
