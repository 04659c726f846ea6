/** Lists of IAM: `Marker` and `MaxItems` in, `Marker` and `IsTruncated` out. */
import type { Db } from '../store/db.ts'
import type { Context } from '../wire/operation.ts'
import { type Paging, page, readPage } from '../wire/paging.ts'
import type { Tag } from './tags.ts'

export type PageRequest = { Marker?: string; MaxItems?: number }

/** One page of the list called `of`: `read` gets the key to continue after and how many rows to fetch. */
export async function paged<Row>(
  { world, operation: name }: Context,
  { Marker, MaxItems = 100 }: PageRequest,
  of: string,
  read: (after: string | undefined, limit: number) => Promise<readonly Row[]>,
  keyOf: (row: Row) => string,
): Promise<{ rows: Row[]; IsTruncated: boolean; Marker: string | undefined }> {
  const paging: Paging = { list: `iam:${name}:${of}`, seal: world.seal, now: world.now(), refusal: 'ValidationError' }
  const after = readPage(paging, Marker)?.[0] as string | undefined
  const { rows, next } = page(paging, await read(after, MaxItems + 1), MaxItems, (row) => [keyOf(row)])
  return { rows, IsTruncated: next !== undefined, Marker: next }
}

/** One page of what lies below `PathPrefix`, by name whatever its case. */
export function pagedByPath<Row extends { readonly name: string }>(
  context: Context,
  request: PageRequest & { PathPrefix?: string },
  read: (
    db: Db,
    account: string,
    query: { prefix: string; after: string | undefined; limit: number },
  ) => Promise<readonly Row[]>,
) {
  const { db, settings } = context.world
  const { PathPrefix: prefix = '/' } = request
  const rowsAfter = (after: string | undefined, limit: number) => read(db, settings.account, { prefix, after, limit })
  return paged(context, request, prefix, rowsAfter, ({ name }) => name.toLowerCase())
}

/** The tags of an entity, by key. */
export async function pagedTags(context: Context, request: PageRequest, id: string, tags: readonly Tag[]) {
  const sorted = [...tags].sort((a, b) => (a.Key < b.Key ? -1 : 1))
  const { rows: Tags, ...rest } = await paged(
    context,
    request,
    id,
    async (after = '', limit) => sorted.filter(({ Key }) => Key > after).slice(0, limit),
    ({ Key }) => Key,
  )
  return { Tags, ...rest }
}
