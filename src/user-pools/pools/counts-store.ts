/** The table pool_counts: the only SQL on it. */
import { type Db, sql } from '../../store/db.ts'

/** Adds to a count, in the transaction that changes what is counted; answers what it is then. */
export async function addToCount(db: Db, poolId: string, what: 'clients' | 'groups', by: 1 | -1): Promise<number> {
  const row = await db.get<{ many: number }>(sql`
    insert into pool_counts (pool_id, what, many) values (${poolId}, ${what}, ${by})
    on conflict (pool_id, what) do update set many = pool_counts.many + ${by}
    returning many`)
  return row?.many ?? 0
}
