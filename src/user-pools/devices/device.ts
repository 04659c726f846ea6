/** What a device is, and how AWS shows it. AWS: Developer Guide, "Working with user devices"; API_DeviceType. */
import type { DeviceType } from '@aws-sdk/client-cognito-identity-provider'
import type { Pool } from '../pools/pool.ts'

/** What proves a device's secret by SRP; hex. */
export type DeviceVerifier = { readonly saltHex: string; readonly verifierHex: string }

/** Times in epoch milliseconds. */
export type Device = {
  readonly poolId: string
  readonly sub: string
  readonly key: string
  readonly groupKey: string
  readonly name: string | undefined
  readonly remembered: boolean
  /** Of a device confirmed without one there is nothing to prove: it never replaces a second factor. */
  readonly verifier: DeviceVerifier | undefined
  readonly address: string | undefined
  readonly createdAt: number
  readonly modifiedAt: number
  readonly authenticatedAt: number
}

export type DeviceTracking = {
  /** A remembered device that proves itself replaces the second factor. */
  readonly challenges: boolean
  /** Confirmed devices are remembered only when the user says so. */
  readonly asksUser: boolean
}

/** Undefined where the pool does not track devices. */
export function deviceTracking({ settings }: Pick<Pool, 'settings'>): DeviceTracking | undefined {
  const given = settings.DeviceConfiguration
  return (
    given && {
      challenges: given.ChallengeRequiredOnNewDevice ?? false,
      asksUser: given.DeviceOnlyRememberedOnUserPrompt ?? false,
    }
  )
}

/** In AWS's DeviceType. Administrators see besides whether it is remembered. unproved: which attributes AWS gives whom. */
export function describeDevice(device: Device, to: 'user' | 'admin'): DeviceType {
  const attributes: Readonly<Record<string, string | undefined>> = {
    device_status: 'valid',
    device_name: device.name,
    'dev:device_remembered_status': to === 'admin' ? (device.remembered ? 'remembered' : 'not_remembered') : undefined,
    last_ip_used: device.address,
  }
  return {
    DeviceKey: device.key,
    DeviceAttributes: Object.entries(attributes).flatMap(([Name, Value]) =>
      Value === undefined ? [] : { Name, Value },
    ),
    DeviceCreateDate: new Date(device.createdAt),
    DeviceLastModifiedDate: new Date(device.modifiedAt),
    DeviceLastAuthenticatedDate: new Date(device.authenticatedAt),
  }
}
