/** The SQL of server certificates: table server_certificates. */
import { type Db, join, type Sql, sql } from '../../store/db.ts'
import { beyond } from '../below.ts'
import type { Tag } from '../tags.ts'
import type { ServerCertificate } from './server-certificate.ts'

type Row = Omit<ServerCertificate, 'chain' | 'tags'> & { readonly chain: string | null; readonly tags: string }

const columns = sql`id, name, path, body, chain, tags, uploaded_at as "uploadedAt", valid_until as "validUntil"`

const toCertificate = ({ chain, tags, ...row }: Row): ServerCertificate => ({
  ...row,
  chain: chain ?? undefined,
  tags: JSON.parse(tags) as Tag[],
})

/** Case does not make two certificates, but it makes a wrong name. */
export async function readCertificate(db: Db, account: string, name: string): Promise<ServerCertificate | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from server_certificates
      where account = ${account} and folded_name = ${name.toLowerCase()} and name = ${name}`,
  )
  return row && toCertificate(row)
}

/** False if a certificate of that name, in whatever case, exists. */
export const insertCertificate = async (db: Db, account: string, made: ServerCertificate): Promise<boolean> =>
  (await db.get(
    sql`insert into server_certificates
      (account, folded_name, id, name, path, body, chain, tags, uploaded_at, valid_until)
      values (${account}, ${made.name.toLowerCase()}, ${made.id}, ${made.name}, ${made.path}, ${made.body}, ${made.chain},
        ${JSON.stringify(made.tags)}, ${made.uploadedAt}, ${made.validUntil}) on conflict do nothing returning id`,
  )) !== undefined

export const countCertificates = async (db: Db, account: string): Promise<number> =>
  (await db.get<{ count: number }>(sql`select count(*) as count from server_certificates where account = ${account}`))
    ?.count ?? 0

const one = (account: string, { id, name }: Pick<ServerCertificate, 'id' | 'name'>): Sql =>
  sql`account = ${account} and folded_name = ${name.toLowerCase()} and id = ${id}`

/** The id of the certificate that has this name in whatever case. */
export const readNameOwner = async (db: Db, account: string, name: string): Promise<string | undefined> =>
  (
    await db.get<{ id: string }>(
      sql`select id from server_certificates where account = ${account} and folded_name = ${name.toLowerCase()}`,
    )
  )?.id

/** Puts in the given parts. A name must be free: that is asked before, in the same transaction. */
export async function updateCertificate(
  db: Db,
  account: string,
  which: Pick<ServerCertificate, 'id' | 'name'>,
  { name, path, tags }: Partial<Pick<ServerCertificate, 'name' | 'path' | 'tags'>>,
): Promise<boolean> {
  const parts: Sql[] = [
    ...(name === undefined ? [] : [sql`name = ${name}, folded_name = ${name.toLowerCase()}`]),
    ...(path === undefined ? [] : [sql`path = ${path}`]),
    ...(tags === undefined ? [] : [sql`tags = ${JSON.stringify(tags)}`]),
  ]
  if (parts.length === 0) return true
  return (await db.run(sql`update server_certificates set ${join(parts)} where ${one(account, which)}`)) > 0
}

/** Whether there was one. */
export const removeCertificate = async (
  db: Db,
  account: string,
  which: Pick<ServerCertificate, 'id' | 'name'>,
): Promise<boolean> => (await db.run(sql`delete from server_certificates where ${one(account, which)}`)) > 0

/** Certificates under a path, by folded name after the given one. */
export async function readCertificates(
  db: Db,
  account: string,
  { prefix, after, limit }: { prefix: string; after: string | undefined; limit: number },
): Promise<ServerCertificate[]> {
  const rows = await db.all<Row>(
    sql`select ${columns} from server_certificates where account = ${account} and folded_name > ${after ?? ''}
      and path >= ${prefix} and path < ${beyond(prefix)} order by folded_name limit ${limit}`,
  )
  return rows.map(toCertificate)
}
