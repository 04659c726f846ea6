/** The tables whose rows expire, gathered from the slices that own them; the sweeper deletes what is past its time. */
import type { Expiring } from './store/sweep.ts'

export const expiring: readonly Expiring[] = []
