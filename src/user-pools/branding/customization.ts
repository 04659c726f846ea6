/** The look of the classic pages: CSS and a logo, of one client or of all. AWS: API_SetUICustomization. */
import type { UICustomizationType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import { kindOf } from './image.ts'

export type Customization = {
  readonly poolId: string
  /** `ALL` for the pool. */
  readonly clientId: string
  readonly css: string | undefined
  readonly cssVersion: string
  readonly imageId: string | undefined
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

export const everyClient = 'ALL'

/** AWS: the logo may have 100 KB, and is a PNG or a JPEG. */
const largestLogo = 100 * 1024

/** unproved: both sentences; the first is AWS's for the CSS. */
export function checkLogo(bytes: Uint8Array): void {
  if (bytes.length > largestLogo) fail('InvalidParameterException', 'request parameters too large')
  const kind = kindOf(bytes)
  if (kind !== 'PNG' && kind !== 'JPEG') fail('InvalidParameterException', 'The image file must be a PNG or JPEG.')
}

/** `base` is where the pool's pages are. */
export const describeCustomization = (
  { poolId, clientId, css, cssVersion, imageId, createdAt, modifiedAt }: Customization,
  base: string,
): UICustomizationType => ({
  UserPoolId: poolId,
  ClientId: clientId,
  ...(imageId !== undefined && { ImageUrl: `${base}${imagePath(imageId)}` }),
  ...(css !== undefined && { CSS: css }),
  CSSVersion: cssVersion,
  CreationDate: new Date(createdAt),
  LastModifiedDate: new Date(modifiedAt),
})

/** Below a domain. */
export const imagePath = (imageId: string): string => `/assets/image?id=${imageId}`
