/** The SQL of trust anchors, profiles and revocation lists: table roles_anywhere_resources. */
import type { Tag } from '../../iam/tags.ts'
import { type Db, sql } from '../../store/db.ts'
import type { Kind, Resource } from './resource.ts'

type Row = {
  region: string
  kind: string
  id: string
  name: string
  enabled: number
  parent: string
  document: string
  tags: string
  created_at: number
  updated_at: number
}

const columns = sql`region, kind, id, name, enabled, parent, document, tags, created_at, updated_at`

const toResource = <Document>(row: Row): Resource<Document> => ({
  region: row.region,
  kind: row.kind as Kind,
  id: row.id,
  name: row.name,
  enabled: row.enabled === 1,
  parent: row.parent,
  document: JSON.parse(row.document) as Document,
  tags: JSON.parse(row.tags) as Tag[],
  createdAt: row.created_at,
  updatedAt: row.updated_at,
})

export type ResourceKey = { readonly region: string; readonly kind: Kind; readonly id: string }

export async function readResource<Document>(
  db: Db,
  account: string,
  { region, kind, id }: ResourceKey,
): Promise<Resource<Document> | undefined> {
  const row = await db.get<Row>(
    sql`select ${columns} from roles_anywhere_resources
      where account = ${account} and region = ${region} and kind = ${kind} and id = ${id}`,
  )
  return row && toResource(row)
}

/** By id, after the given one. */
export async function readResources<Document>(
  db: Db,
  account: string,
  { region, kind }: Pick<ResourceKey, 'region' | 'kind'>,
  after: string,
  limit: number,
): Promise<Resource<Document>[]> {
  const rows = await db.all<Row>(
    sql`select ${columns} from roles_anywhere_resources
      where account = ${account} and region = ${region} and kind = ${kind} and id > ${after} order by id limit ${limit}`,
  )
  return rows.map((row) => toResource<Document>(row))
}

/** The enabled ones of a parent. */
export async function readChildren<Document>(
  db: Db,
  account: string,
  { region, kind }: Pick<ResourceKey, 'region' | 'kind'>,
  parent: string,
): Promise<Resource<Document>[]> {
  const rows = await db.all<Row>(
    sql`select ${columns} from roles_anywhere_resources
      where account = ${account} and region = ${region} and kind = ${kind} and parent = ${parent} and enabled = 1
      order by id`,
  )
  return rows.map((row) => toResource<Document>(row))
}

export const insertResource = (db: Db, account: string, made: Resource<unknown>): Promise<number> =>
  db.run(
    sql`insert into roles_anywhere_resources (account, ${columns}) values (${account}, ${made.region}, ${made.kind},
      ${made.id}, ${made.name}, ${made.enabled}, ${made.parent}, ${JSON.stringify(made.document)},
      ${JSON.stringify(made.tags)}, ${made.createdAt}, ${made.updatedAt})`,
  )

/** Writes all of it that can change. */
export const updateResource = (db: Db, account: string, changed: Resource<unknown>): Promise<number> =>
  db.run(
    sql`update roles_anywhere_resources set name = ${changed.name}, enabled = ${changed.enabled},
      document = ${JSON.stringify(changed.document)}, tags = ${JSON.stringify(changed.tags)}, updated_at = ${changed.updatedAt}
      where account = ${account} and region = ${changed.region} and kind = ${changed.kind} and id = ${changed.id}`,
  )

export const deleteResource = async (db: Db, account: string, { region, kind, id }: ResourceKey): Promise<boolean> =>
  (await db.run(
    sql`delete from roles_anywhere_resources
      where account = ${account} and region = ${region} and kind = ${kind} and id = ${id}`,
  )) > 0
