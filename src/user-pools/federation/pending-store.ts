/** Table pending_federations: the only SQL on it. */
import { type Db, sql } from '../../store/db.ts'

/** What the sweeper may delete. */
export const expiring = [{ table: 'pending_federations', column: 'expires_at' }] as const

export async function insertPending(
  db: Db,
  poolId: string,
  { hash, sealed, expiresAt }: { readonly hash: string; readonly sealed: string; readonly expiresAt: number },
): Promise<void> {
  await db.run(sql`
    insert into pending_federations (pool_id, hash, sealed, expires_at)
    values (${poolId}, ${hash}, ${sealed}, ${expiresAt})`)
}

/** The first answer counts. */
export const parkPending = async (
  db: Db,
  poolId: string,
  hash: string,
  answer: string,
  now: number,
): Promise<boolean> =>
  (await db.run(sql`
    update pending_federations set sealed_answer = ${answer}
    where pool_id = ${poolId} and hash = ${hash} and sealed_answer is null and expires_at > ${now}`)) === 1

/** Takes the row: of several takers one gets it. */
export async function takePendingRow(
  db: Db,
  poolId: string,
  hash: string,
  now: number,
): Promise<{ sealed: string; answer: string | undefined } | undefined> {
  const row = await db.get<{ sealed: string; sealed_answer: string | null }>(sql`
    delete from pending_federations where pool_id = ${poolId} and hash = ${hash} and expires_at > ${now}
    returning sealed, sealed_answer`)
  return row && { sealed: row.sealed, answer: row.sealed_answer ?? undefined }
}
