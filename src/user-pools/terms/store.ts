/** The table of terms. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import type { Terms } from './document.ts'

type Row = {
  pool_id: string
  id: string
  client_id: string
  name: string
  links: string
  created_at: number
  modified_at: number
}

const termsFrom = (row: Row): Terms => ({
  poolId: row.pool_id,
  id: row.id,
  clientId: row.client_id,
  name: row.name,
  links: JSON.parse(row.links) as Terms['links'],
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
})

const columns = sql`pool_id, id, client_id, name, links, created_at, modified_at`

export async function readTerms(db: Db, poolId: string, id: string): Promise<Terms | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from terms where pool_id = ${poolId} and id = ${id}`)
  return row && termsFrom(row)
}

/** The pool's terms in the order of their ids, after that one. */
export const listTerms = async (db: Db, poolId: string, after: string, limit: number): Promise<Terms[]> =>
  (
    await db.all<Row>(
      sql`select ${columns} from terms where pool_id = ${poolId} and id > ${after} order by id limit ${limit}`,
    )
  ).map(termsFrom)

export const readTermsOf = async (db: Db, poolId: string, clientId: string): Promise<Terms[]> =>
  (await db.all<Row>(sql`select ${columns} from terms where pool_id = ${poolId} and client_id = ${clientId}`)).map(
    termsFrom,
  )

/** Adds terms where the client has none of that name and the pool has fewer than `most`. */
export const insertTerms = (db: Db, terms: Terms, most: number): Promise<'made' | 'taken' | 'full'> =>
  db.transaction(async (inside) => {
    const { poolId, id, clientId, name, links, createdAt, modifiedAt } = terms
    if ((await readTermsOf(inside, poolId, clientId)).some((one) => one.name === name)) return 'taken'
    const count = await inside.get<{ documents: number }>(
      sql`select count(*) as documents from terms where pool_id = ${poolId}`,
    )
    if (Number(count?.documents ?? 0) >= most) return 'full'
    const made = await inside.run(sql`
      insert into terms (${columns})
      values (${poolId}, ${id}, ${clientId}, ${name}, ${JSON.stringify(links)}, ${createdAt}, ${modifiedAt})
      on conflict do nothing`)
    return made === 1 ? 'made' : 'taken'
  })

export type TermsChange = {
  readonly name?: string | undefined
  readonly links?: Terms['links'] | undefined
  readonly modifiedAt: number
}

/** The terms as they became; 'taken' if the client has others of that name. */
export const changeTerms = (
  db: Db,
  poolId: string,
  id: string,
  { name, links, modifiedAt }: TermsChange,
): Promise<Terms | 'absent' | 'taken'> =>
  db.transaction(async (inside) => {
    const before = await readTerms(inside, poolId, id)
    if (!before) return 'absent'
    const after = { ...before, name: name ?? before.name, links: links ?? before.links, modifiedAt }
    const others = await readTermsOf(inside, poolId, before.clientId)
    if (others.some((one) => one.id !== id && one.name === after.name)) return 'taken'
    await inside.run(sql`
      update terms set name = ${after.name}, links = ${JSON.stringify(after.links)}, modified_at = ${modifiedAt}
      where pool_id = ${poolId} and id = ${id}`)
    return after
  })

export const deleteTerms = async (db: Db, poolId: string, id: string): Promise<boolean> =>
  (await db.run(sql`delete from terms where pool_id = ${poolId} and id = ${id}`)) === 1
