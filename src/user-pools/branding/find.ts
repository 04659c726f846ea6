/** Finds how a client's pages look, and the images on them. */
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import type { Customization } from './customization.ts'
import { type ImageKind, kindOf } from './image.ts'
import { deleteCustomization, readAssets, readCustomization, readImage, readStyleOf } from './store.ts'
import type { Asset, Style } from './style.ts'

type Reach = Pick<World, 'db'>

/** The classic look: the client's own, or the pool's. */
export const customizationOf = (world: Reach, pool: Pick<Pool, 'id'>, clientId: string) =>
  readCustomization(world.db, pool.id, clientId) satisfies Promise<Customization | undefined>

/** For a client that is gone: its classic look hangs on no row, since `ALL` is no client. */
export const forgetCustomization = (world: Reach, pool: Pick<Pool, 'id'>, clientId: string): Promise<number> =>
  deleteCustomization(world.db, pool.id, clientId)

/** The client's style of managed login, and its images without their bytes. */
export async function styleOf(
  world: Reach,
  pool: Pick<Pool, 'id'>,
  clientId: string,
): Promise<{ style: Style; assets: readonly Asset[] } | undefined> {
  const style = await readStyleOf(world.db, pool.id, clientId)
  return style && { style, assets: await readAssets(world.db, pool.id, style.id) }
}

export async function imageOf(
  world: Reach,
  pool: Pick<Pool, 'id'>,
  imageId: string,
): Promise<{ kind: ImageKind; bytes: Uint8Array } | undefined> {
  const text = await readImage(world.db, pool.id, imageId)
  const bytes = text === undefined ? undefined : Buffer.from(text, 'base64')
  const kind = bytes && kindOf(bytes)
  return kind && { kind, bytes }
}
