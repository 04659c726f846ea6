/** The tables of the pages' looks: ui_customizations, login_styles, login_assets. */
import type { Db } from '../../store/db.ts'
import { sql } from '../../store/db.ts'
import { type Customization, everyClient } from './customization.ts'
import type { Document } from './default-settings.ts'
import type { ImageKind } from './image.ts'
import type { Asset, Style } from './style.ts'

type CustomRow = {
  pool_id: string
  client_id: string
  css: string | null
  css_version: string
  image_id: string | null
  created_at: number
  modified_at: number
}

const customFrom = (row: CustomRow): Customization => ({
  poolId: row.pool_id,
  clientId: row.client_id,
  css: row.css ?? undefined,
  cssVersion: row.css_version,
  imageId: row.image_id ?? undefined,
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
})

const customColumns = sql`pool_id, client_id, css, css_version, image_id, created_at, modified_at`

/** The client's own look, else that of every client of the pool; `clientId` may be `ALL`. */
export async function readCustomization(db: Db, poolId: string, clientId: string): Promise<Customization | undefined> {
  const rows = await db.all<CustomRow>(sql`
    select ${customColumns} from ui_customizations
    where pool_id = ${poolId} and client_id in (${clientId}, ${everyClient})`)
  const row = rows.find(({ client_id }) => client_id === clientId) ?? rows[0]
  return row && customFrom(row)
}

/** Replaces the look, but not the time it was made. `image` is in base64. */
export async function writeCustomization(
  db: Db,
  { poolId, clientId, css, cssVersion, imageId, modifiedAt }: Omit<Customization, 'createdAt'>,
  image: string | undefined,
): Promise<Customization> {
  const [cssText, id, bytes] = [css ?? null, imageId ?? null, image ?? null]
  const row = await db.get<CustomRow>(sql`
    insert into ui_customizations (pool_id, client_id, css, css_version, image, image_id, created_at, modified_at)
    values (${poolId}, ${clientId}, ${cssText}, ${cssVersion}, ${bytes}, ${id}, ${modifiedAt}, ${modifiedAt})
    on conflict (pool_id, client_id) do update set
      css = excluded.css, css_version = excluded.css_version, image = excluded.image, image_id = excluded.image_id,
      modified_at = excluded.modified_at
    returning ${customColumns}`)
  if (!row) throw new Error('A row that was written is returned.')
  return customFrom(row)
}

export const deleteCustomization = (db: Db, poolId: string, clientId: string): Promise<number> =>
  db.run(sql`delete from ui_customizations where pool_id = ${poolId} and client_id = ${clientId}`)

type StyleRow = {
  pool_id: string
  id: string
  client_id: string
  settings: string | null
  created_at: number
  modified_at: number
}

const styleFrom = (row: StyleRow): Style => ({
  poolId: row.pool_id,
  id: row.id,
  clientId: row.client_id,
  settings: row.settings === null ? undefined : (JSON.parse(row.settings) as Document),
  createdAt: Number(row.created_at),
  modifiedAt: Number(row.modified_at),
})

const styleColumns = sql`pool_id, id, client_id, settings, created_at, modified_at`

export async function readStyle(db: Db, poolId: string, id: string): Promise<Style | undefined> {
  const row = await db.get<StyleRow>(
    sql`select ${styleColumns} from login_styles where pool_id = ${poolId} and id = ${id}`,
  )
  return row && styleFrom(row)
}

export async function readStyleOf(db: Db, poolId: string, clientId: string): Promise<Style | undefined> {
  const row = await db.get<StyleRow>(
    sql`select ${styleColumns} from login_styles where pool_id = ${poolId} and client_id = ${clientId}`,
  )
  return row && styleFrom(row)
}

export type NewAsset = Asset & { readonly image: string }

/** Adds a style where the client has none and the pool has fewer than `most`. */
export const insertStyle = (
  db: Db,
  style: Style,
  assets: readonly NewAsset[],
  most: number,
): Promise<'made' | 'taken' | 'full'> =>
  db.transaction(async (inside) => {
    const { poolId, id, clientId, settings, createdAt, modifiedAt } = style
    if (await readStyleOf(inside, poolId, clientId)) return 'taken'
    const count = await inside.get<{ styles: number }>(
      sql`select count(*) as styles from login_styles where pool_id = ${poolId}`,
    )
    if (Number(count?.styles ?? 0) >= most) return 'full'
    const text = settings === undefined ? null : JSON.stringify(settings)
    const made = await inside.run(sql`
      insert into login_styles (${styleColumns})
      values (${poolId}, ${id}, ${clientId}, ${text}, ${createdAt}, ${modifiedAt}) on conflict do nothing`)
    if (made !== 1) return 'taken'
    await insertAssets(inside, poolId, id, assets)
    return 'made'
  })

async function insertAssets(db: Db, poolId: string, styleId: string, assets: readonly NewAsset[]): Promise<void> {
  for (const [position, { category, colorMode, extension, resourceId, imageId, image }] of assets.entries()) {
    await db.run(sql`
      insert into login_assets
        (pool_id, style_id, position, category, color_mode, extension, resource_id, image_id, image)
      values (${poolId}, ${styleId}, ${position}, ${category}, ${colorMode}, ${extension}, ${resourceId ?? null},
        ${imageId}, ${image})`)
  }
}

export type StyleChange = {
  /** Undefined leaves them; null goes back to those that Cognito provides. */
  readonly settings?: Document | null | undefined
  readonly assets?: readonly NewAsset[] | undefined
  readonly modifiedAt: number
}

/** The style as it became; undefined if there is none. */
export const changeStyle = (db: Db, poolId: string, id: string, change: StyleChange): Promise<Style | undefined> =>
  db.transaction(async (inside) => {
    const { settings, assets, modifiedAt } = change
    const before = await readStyle(inside, poolId, id)
    if (!before) return undefined
    const after = settings === undefined ? before.settings : (settings ?? undefined)
    const text = after === undefined ? null : JSON.stringify(after)
    await inside.run(sql`
      update login_styles set settings = ${text}, modified_at = ${modifiedAt} where pool_id = ${poolId} and id = ${id}`)
    if (assets) {
      await inside.run(sql`delete from login_assets where pool_id = ${poolId} and style_id = ${id}`)
      await insertAssets(inside, poolId, id, assets)
    }
    return { ...before, settings: after, modifiedAt }
  })

export const deleteStyle = async (db: Db, poolId: string, id: string): Promise<boolean> =>
  (await db.run(sql`delete from login_styles where pool_id = ${poolId} and id = ${id}`)) === 1

type AssetRow = {
  category: string
  color_mode: Asset['colorMode']
  extension: ImageKind
  resource_id: string | null
  image_id: string
}

const assetFrom = (row: AssetRow): Asset => ({
  category: row.category,
  colorMode: row.color_mode,
  extension: row.extension,
  resourceId: row.resource_id ?? undefined,
  imageId: row.image_id,
})

const assetColumns = sql`category, color_mode, extension, resource_id, image_id`

/** What images a style has, without their bytes. */
export const readAssets = async (db: Db, poolId: string, styleId: string): Promise<Asset[]> =>
  (
    await db.all<AssetRow>(sql`
      select ${assetColumns} from login_assets where pool_id = ${poolId} and style_id = ${styleId} order by position`)
  ).map(assetFrom)

export const readAssetBytes = async (db: Db, poolId: string, styleId: string): Promise<NewAsset[]> =>
  (
    await db.all<AssetRow & { image: string }>(sql`
      select ${assetColumns}, image from login_assets
      where pool_id = ${poolId} and style_id = ${styleId} order by position`)
  ).map((row) => ({ ...assetFrom(row), image: row.image }))

/** The bytes of an image of the pool's pages, in base64. */
export async function readImage(db: Db, poolId: string, imageId: string): Promise<string | undefined> {
  const asset = await db.get<{ image: string }>(
    sql`select image from login_assets where pool_id = ${poolId} and image_id = ${imageId} limit 1`,
  )
  if (asset) return asset.image
  const logo = await db.get<{ image: string }>(
    sql`select image from ui_customizations where pool_id = ${poolId} and image_id = ${imageId} limit 1`,
  )
  return logo?.image
}
