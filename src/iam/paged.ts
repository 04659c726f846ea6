/** Lists of IAM: `Marker` and `MaxItems` in, `Marker` and `IsTruncated` out. */
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
