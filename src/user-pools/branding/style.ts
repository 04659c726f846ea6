/** The style of managed login for one client: a document of settings, and images. AWS: API_CreateManagedLoginBranding; Developer Guide, "Branding designer". */
import type { AssetType, ManagedLoginBrandingType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Given } from '../../wire/operation.ts'
import { type Document, defaultSettings, type Json } from './default-settings.ts'
import { checkSvg, type ImageKind, kindOf } from './image.ts'

export type Asset = {
  readonly category: string
  readonly colorMode: 'LIGHT' | 'DARK' | 'DYNAMIC'
  readonly extension: ImageKind
  readonly resourceId: string | undefined
  readonly imageId: string
}

export type Style = {
  readonly poolId: string
  readonly id: string
  readonly clientId: string
  /** Undefined: the values that Cognito provides. */
  readonly settings: Document | undefined
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** AWS: Quotas, "Managed login branding styles per user pool". */
export const mostStyles = 20
/** AWS: the whole request may have 2 MB. */
const largestRequest = 2_000_000

const isTree = (value: Json | undefined): value is Document =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Settings above those that they leave out. */
export function mergeSettings(under: Document, over: Document): Document {
  const merged: Record<string, Json> = { ...under }
  for (const [key, value] of Object.entries(over)) {
    if (key === '__proto__') continue
    const below = Object.hasOwn(under, key) ? under[key] : undefined
    merged[key] = isTree(below) && isTree(value) ? mergeSettings(below, value) : value
  }
  return merged
}

export const completeSettings = (settings: Document | undefined): Document =>
  settings ? mergeSettings(defaultSettings, settings) : defaultSettings

const refuse = (message: string): never => fail('InvalidParameterException', message)

const kindName = (value: Json): string => (Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value)

/** Where a choice is known to be closed. unproved: all but the values of AWS's example. */
const choices: Readonly<Record<string, readonly string[]>> = {
  'categories.form.location.horizontal': ['START', 'CENTER', 'END'],
  'categories.form.location.vertical': ['START', 'CENTER', 'END'],
  'categories.global.colorSchemeMode': ['LIGHT', 'DARK', 'DYNAMIC'],
  'categories.global.spacingDensity': ['COMPACT', 'REGULAR', 'SPACIOUS'],
  'components.form.logo.formInclusion': ['IN', 'OUT'],
  'components.form.logo.location': ['START', 'CENTER', 'END'],
  'components.form.logo.position': ['TOP', 'BOTTOM'],
  'components.pageFooter.logo.location': ['START', 'CENTER', 'END'],
  'components.pageHeader.logo.location': ['START', 'CENTER', 'END'],
}

/**
 * Refuses settings whose values are of another kind than AWS's own: a page must never show them. Members nobody knows are
 * kept and have no effect. unproved: the sentences.
 */
export function checkSettings(given: unknown): Document {
  if (!isTree(given as Json)) refuse('Settings must be a JSON object.')
  if (isDeep(given)) refuse('Settings are nested too deeply.')
  walk(given as Document, defaultSettings, '')
  return given as Document
}

/** Deeper than any settings, and than what can be printed. Level by level: a walk inward would be too deep itself. */
function isDeep(document: unknown): boolean {
  let level = [document]
  for (let depth = 0; depth < 32; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []))
  }
  return level.length > 0
}

function walk(given: Document, known: Document, at: string): void {
  for (const [key, value] of Object.entries(given)) {
    const path = at ? `${at}.${key}` : key
    const usual = Object.hasOwn(known, key) ? known[key] : undefined
    if (usual === undefined) continue
    if (kindName(value) !== kindName(usual)) refuse(`Invalid settings: ${path} must be of type ${kindName(usual)}.`)
    if (typeof value === 'string' && /color$/i.test(key) && !/^[0-9a-f]{8}$/i.test(value)) {
      refuse(`Invalid settings: ${path} must be a color of 8 hexadecimal digits.`)
    }
    if (typeof value === 'number' && !(value >= 0 && value <= 100)) {
      refuse(`Invalid settings: ${path} must be between 0 and 100.`)
    }
    const among = choices[path]
    if (among && !among.includes(String(value))) refuse(`Invalid settings: ${path} must be one of ${among.join(', ')}.`)
    if (isTree(value) && isTree(usual)) walk(value, usual, path)
  }
}

const pictures: readonly ImageKind[] = ['PNG', 'SVG', 'JPEG', 'WEBP']
/** AWS lists no WEBP in its guide, but its API has it. */
const accepted = (category: string): readonly ImageKind[] =>
  (({ FAVICON_ICO: ['ICO'], FAVICON_SVG: ['SVG'], IDP_BUTTON_ICON: ['ICO', 'SVG', 'PNG'] }) as const)[category] ??
  pictures

type GivenAsset = Given<AssetType>

const refuseAsset = ({ Category, Extension, ColorMode }: GivenAsset, what: string): never =>
  refuse(
    'Invalid assets provided. Validation errors: ' +
      `[{category: ${Category}, extension: ${Extension}, colorMode: ${ColorMode}, errorMessage: ${what}}]`,
  )

/**
 * Refuses images that are not what they are called, or that may not stand where they are to. The frame of the sentence
 * was measured; unproved: what stands in it.
 */
export function checkAssets(assets: readonly GivenAsset[]): void {
  let size = 0
  const places = new Set<string>()
  for (const asset of assets) {
    const { Category, ColorMode, Extension, Bytes, ResourceId } = asset
    if (!accepted(Category).includes(Extension)) refuseAsset(asset, 'The category does not take this extension.')
    const bytes = Bytes?.length ? Bytes : refuseAsset(asset, 'The asset has no bytes.')
    if (kindOf(bytes) !== Extension) refuseAsset(asset, 'The bytes are not of this extension.')
    if (Extension === 'SVG') checkSvg(bytes)
    const place = `${Category} ${ColorMode} ${ResourceId ?? ''}`
    if (places.has(place)) refuseAsset(asset, 'The asset is given twice.')
    places.add(place)
    size += bytes.length
  }
  if (size > largestRequest) refuse('request parameters too large')
}

/** In AWS's ManagedLoginBrandingType. `merged`: with what Cognito provides below it. */
export const describeStyle = (
  { id, poolId, settings, createdAt, modifiedAt }: Style,
  assets: readonly (Asset & { readonly bytes: Uint8Array })[],
  merged: boolean,
): ManagedLoginBrandingType => ({
  ManagedLoginBrandingId: id,
  UserPoolId: poolId,
  UseCognitoProvidedValues: settings === undefined,
  ...((settings !== undefined || merged) && {
    Settings: (merged ? completeSettings(settings) : settings) as NonNullable<ManagedLoginBrandingType['Settings']>,
  }),
  Assets: assets.map(({ category, colorMode, extension, resourceId, bytes }) => ({
    Category: category as GivenAsset['Category'],
    ColorMode: colorMode,
    Extension: extension,
    Bytes: bytes,
    ...(resourceId !== undefined && { ResourceId: resourceId }),
  })),
  CreationDate: new Date(createdAt),
  LastModifiedDate: new Date(modifiedAt),
})
