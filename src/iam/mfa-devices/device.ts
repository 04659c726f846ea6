/** A virtual MFA device as the rules see it, and its serial number, which is an ARN. */
import type { Settings } from '../../world.ts'
import type { Tag } from '../tags.ts'

export type MfaDevice = {
  readonly name: string
  readonly path: string
  /** The secret that device and server share. */
  readonly seed: Buffer
  /** Whose it is; undefined until it is enabled. */
  readonly userId: string | undefined
  readonly enabledAt: number | undefined
  /** The last step whose code was taken: no code counts twice. */
  readonly lastStep: number
  /** How many steps the device's clock is ahead. */
  readonly drift: number
  /** Wrong codes in a row, and when the last one came. */
  readonly failures: number
  readonly failedAt: number
  readonly tags: readonly Tag[]
  readonly createdAt: number
}

export const serialNumber = (
  { account }: Pick<Settings, 'account'>,
  { name, path }: Pick<MfaDevice, 'name' | 'path'>,
): string => `arn:aws:iam::${account}:mfa${path}${name}`

/** Path and name in a serial number of this account, or undefined. */
export function readSerial(
  { account }: Pick<Settings, 'account'>,
  serial: string,
): { path: string; name: string } | undefined {
  const [, owner, path, name] = /^arn:aws:iam::(\d{12}):mfa(\/(?:[!-~]+\/)?)([\w+=,.@-]+)$/.exec(serial) ?? []
  return owner === account && path && name ? { path, name } : undefined
}
