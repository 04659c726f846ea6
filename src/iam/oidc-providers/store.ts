/** The SQL of OpenID Connect providers: table oidc_providers. */
import { type Db, join, type Sql, sql } from '../../store/db.ts'
import type { Tag } from '../tags.ts'
import type { OidcProvider } from './provider.ts'

type Row = { url: string; issuer: string; client_ids: string; thumbprints: string; tags: string; created_at: number }

const columns = sql`url, issuer, client_ids, thumbprints, tags, created_at`

const toProvider = (row: Row): OidcProvider => ({
  url: row.url,
  issuer: row.issuer,
  clientIds: JSON.parse(row.client_ids) as string[],
  thumbprints: JSON.parse(row.thumbprints) as string[],
  tags: JSON.parse(row.tags) as Tag[],
  createdAt: row.created_at,
})

export async function readProvider(db: Db, account: string, url: string): Promise<OidcProvider | undefined> {
  const row = await db.get<Row>(sql`select ${columns} from oidc_providers where account = ${account} and url = ${url}`)
  return row && toProvider(row)
}

/** All of them, a hundred at most, by URL. */
export const readProviders = async (db: Db, account: string): Promise<OidcProvider[]> =>
  (await db.all<Row>(sql`select ${columns} from oidc_providers where account = ${account} order by url`)).map(
    toProvider,
  )

/** False if there is one of that URL. */
export const insertProvider = async (db: Db, account: string, made: OidcProvider): Promise<boolean> =>
  (await db.get(
    sql`insert into oidc_providers (account, ${columns}) values (${account}, ${made.url}, ${made.issuer},
      ${JSON.stringify(made.clientIds)}, ${JSON.stringify(made.thumbprints)}, ${JSON.stringify(made.tags)}, ${made.createdAt})
      on conflict do nothing returning url`,
  )) !== undefined

export function updateProvider(
  db: Db,
  account: string,
  url: string,
  { clientIds, thumbprints, tags }: Partial<Pick<OidcProvider, 'clientIds' | 'thumbprints' | 'tags'>>,
): Promise<number> {
  const parts: Sql[] = [
    ...(clientIds === undefined ? [] : [sql`client_ids = ${JSON.stringify(clientIds)}`]),
    ...(thumbprints === undefined ? [] : [sql`thumbprints = ${JSON.stringify(thumbprints)}`]),
    ...(tags === undefined ? [] : [sql`tags = ${JSON.stringify(tags)}`]),
  ]
  return db.run(sql`update oidc_providers set ${join(parts)} where account = ${account} and url = ${url}`)
}

export const removeProvider = (db: Db, account: string, url: string): Promise<number> =>
  db.run(sql`delete from oidc_providers where account = ${account} and url = ${url}`)
