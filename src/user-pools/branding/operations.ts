/**
 * How hosted login looks: CSS and logo of the classic pages, styles and images of managed login. Owns the tables
 * ui_customizations, login_styles and login_assets; never makes a page.
 * AWS: API_SetUICustomization, API_CreateManagedLoginBranding and their neighbours.
 */
import type { AssetType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Door, Given, Operation } from '../../wire/operation.ts'
import type { World } from '../../world.ts'
import { clientInPool } from '../clients/find.ts'
import { versionAt } from '../domains/domain.ts'
import { hostedUrl } from '../domains/find.ts'
import { admin, adminClient, operation } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { makeUuid } from '../tokens/uuid.ts'
import { readCss } from './css.ts'
import { checkLogo, describeCustomization, everyClient } from './customization.ts'
import { imageId } from './image.ts'
import * as store from './store.ts'
import { checkAssets, checkSettings, describeStyle, mostStyles, type Style } from './style.ts'

export const SetUICustomization = operation('SetUICustomization', admin, async (input, { world, pool }) => {
  const { ClientId: clientId = everyClient, CSS: css, ImageFile: file } = input
  if (clientId !== everyClient) await clientInPool(world, pool, clientId)
  if (css !== undefined) readCss(css)
  if (file?.length) checkLogo(file)
  const base = (await hostedUrl(world, pool.id)) ?? refuseWithoutDomain()
  // unproved: that neither of them goes back to what is inherited, as AWS's empty answer to GetUICustomization suggests.
  if (!css && !file?.length) {
    await store.deleteCustomization(world.db, pool.id, clientId)
    return { UICustomization: {} }
  }
  const now = world.now()
  const look = {
    ...{ poolId: pool.id, clientId, css, cssVersion: versionAt(now), modifiedAt: now },
    imageId: file?.length ? imageId(file) : undefined,
  }
  const image = file?.length ? Buffer.from(file).toString('base64') : undefined
  return { UICustomization: describeCustomization(await store.writeCustomization(world.db, look, image), base) }
})

/** The sentence is that of reports. */
const refuseWithoutDomain = (): never =>
  fail('InvalidParameterException', 'There has to be an existing domain associated with this user pool')

export const GetUICustomization = operation('GetUICustomization', admin, async (input, { world, pool }) => {
  const { ClientId: clientId = everyClient } = input
  if (clientId !== everyClient) await clientInPool(world, pool, clientId)
  const [look, base] = await Promise.all([
    store.readCustomization(world.db, pool.id, clientId),
    hostedUrl(world, pool.id),
  ])
  return { UICustomization: look ? describeCustomization(look, base ?? world.settings.publicUrl) : {} }
})

type Wanted = { UseCognitoProvidedValues?: boolean; Settings?: unknown; Assets?: Given<AssetType>[] }

/** The sentence was measured for Settings; unproved: that it stands for Assets, too. */
function checkWanted({ UseCognitoProvidedValues, Settings, Assets }: Wanted): void {
  if (UseCognitoProvidedValues && (Settings !== undefined || Assets !== undefined)) {
    fail('InvalidParameterException', 'useCognitoProvidedValues or settings should be specified (but not both)')
  }
  if (Assets) checkAssets(Assets)
}

const newAssets = (assets: readonly Given<AssetType>[]): store.NewAsset[] =>
  assets.map(({ Category, ColorMode, Extension, ResourceId, Bytes = new Uint8Array() }) => ({
    ...{ category: Category, colorMode: ColorMode, extension: Extension, resourceId: ResourceId },
    imageId: imageId(Bytes),
    image: Buffer.from(Bytes).toString('base64'),
  }))

async function describe({ world }: { world: World }, style: Style, merged = false) {
  const assets = await store.readAssetBytes(world.db, style.poolId, style.id)
  const whole = assets.map((asset) => ({ ...asset, bytes: Buffer.from(asset.image, 'base64') }))
  return { ManagedLoginBranding: describeStyle(style, whole, merged) }
}

/** unproved: the sentence. */
const refuseStyle = (): never => fail('ResourceNotFoundException', 'Managed login branding does not exist.')

export const CreateManagedLoginBranding = operation(
  'CreateManagedLoginBranding',
  adminClient,
  async (input, context) => {
    const { world, pool, client } = context
    checkWanted(input)
    const now = world.now()
    const { UseCognitoProvidedValues: provided, Settings = {}, Assets = [] } = input
    const style: Style = {
      ...{ poolId: pool.id, id: makeUuid(world), clientId: client.id, createdAt: now, modifiedAt: now },
      settings: provided ? undefined : checkSettings(Settings),
    }
    const made = await store.insertStyle(world.db, style, newAssets(Assets), mostStyles)
    // unproved: both sentences.
    if (made === 'taken') {
      fail('ManagedLoginBrandingExistsException', `Managed login branding already exists for client ${client.id}.`)
    }
    if (made === 'full') {
      fail('LimitExceededException', `A user pool cannot have more than ${mostStyles} managed login branding styles.`)
    }
    return describe(context, style)
  },
)

export const DescribeManagedLoginBranding = operation(
  'DescribeManagedLoginBranding',
  admin,
  async ({ ManagedLoginBrandingId, ReturnMergedResources }, context) => {
    const style = await store.readStyle(context.world.db, context.pool.id, ManagedLoginBrandingId)
    return describe(context, style ?? refuseStyle(), ReturnMergedResources)
  },
)

export const DescribeManagedLoginBrandingByClient = operation(
  'DescribeManagedLoginBrandingByClient',
  adminClient,
  async ({ ReturnMergedResources }, context) => {
    const style = await store.readStyleOf(context.world.db, context.pool.id, context.client.id)
    return describe(context, style ?? refuseStyle(), ReturnMergedResources)
  },
)

type Named = { UserPoolId?: string; ManagedLoginBrandingId?: string }

/** AWS's model requires neither of the two ids. unproved: the sentence without them. */
const named: Door<Named, { pool: Pool; id: string }> = {
  signed: true,
  async admit(request, context) {
    const { UserPoolId, ManagedLoginBrandingId: id } = request
    if (UserPoolId === undefined || id === undefined) {
      return fail('InvalidParameterException', 'UserPoolId and ManagedLoginBrandingId are required.')
    }
    return { ...(await admin.admit({ ...request, UserPoolId }, context)), id }
  },
}

/** What is left out stays as it is. */
export const UpdateManagedLoginBranding = operation('UpdateManagedLoginBranding', named, async (input, context) => {
  const { world, pool, id } = context
  checkWanted(input)
  const { UseCognitoProvidedValues: provided, Settings, Assets } = input
  const style = await store.changeStyle(world.db, pool.id, id, {
    settings: provided ? null : Settings === undefined ? undefined : checkSettings(Settings),
    assets: provided ? [] : Assets && newAssets(Assets),
    modifiedAt: world.now(),
  })
  return describe(context, style ?? refuseStyle())
})

export const DeleteManagedLoginBranding = operation(
  'DeleteManagedLoginBranding',
  admin,
  async ({ ManagedLoginBrandingId }, { world, pool }) => {
    if (!(await store.deleteStyle(world.db, pool.id, ManagedLoginBrandingId))) refuseStyle()
    return {}
  },
)

export const operations: readonly Operation[] = [
  SetUICustomization,
  GetUICustomization,
  CreateManagedLoginBranding,
  DescribeManagedLoginBranding,
  DescribeManagedLoginBrandingByClient,
  UpdateManagedLoginBranding,
  DeleteManagedLoginBranding,
]
