/** A walk through all datasets of a pool, some at a time. */
import type { Db } from '../../store/db.ts'
import type { Dataset } from '../dataset.ts'
import { readStep } from './store.ts'

const datasetsAtATime = 1000

export type Step = readonly (Dataset & { readonly owner: string })[]

/** Steps in the order of identities and names, those deleted included. */
export async function* walkDatasets(
  db: Db,
  poolId: string,
  { after = { owner: '', stored: '' }, limit = datasetsAtATime } = {},
): AsyncGenerator<Step> {
  for (let from = after; ; ) {
    const step = await readStep(db, poolId, from, limit)
    const last = step.at(-1)
    if (last) yield step
    if (!last || step.length < limit) return
    from = { owner: last.owner, stored: last.name }
  }
}
