/** Table provisioned_limits: the only SQL on it. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Category } from './rate-categories.ts'

export async function readProvisioned(db: Db, region: string): Promise<Partial<Record<Category, number>>> {
  const rows = await db.all<{ category: Category; rate: number }>(
    sql`select category, rate from provisioned_limits where region = ${region}`,
  )
  return Object.fromEntries(rows.map(({ category, rate }) => [category, rate]))
}

export async function writeProvisioned(db: Db, region: string, category: Category, rate: number): Promise<void> {
  await db.run(sql`
    insert into provisioned_limits (region, category, rate) values (${region}, ${category}, ${rate})
    on conflict (region, category) do update set rate = excluded.rate`)
}
