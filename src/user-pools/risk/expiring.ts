/** Which rows of auth_events are past their time. */
import type { Expiring } from '../../store/sweep.ts'

export const expiring: readonly Expiring[] = [{ table: 'auth_events', column: 'expires_at' }]
