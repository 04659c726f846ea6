/** Proving a virtual MFA device: one code in use, two consecutive ones when it is enabled. RFC 6238. */
import { timingSafeEqual } from 'node:crypto'
import { hotp, matchingStep, stepAt } from '../../protocols/totp.ts'
import type { World } from '../../world.ts'
import type { MfaDevice } from './device.ts'
import { findDevice } from './find.ts'
import { consumeStep, countFailure } from './store.ts'

/** Five wrong codes in a row are free; after each further one the device rests, a minute longer every time, up to a quarter of an hour. */
const freeFailures = 5
const rest = 60_000
const longestRest = 15 * rest

const stepLength = 30_000

/** Whether too many wrong codes came of late: then even the right one is refused, and nothing is computed. */
export const isResting = ({ failures, failedAt }: Pick<MfaDevice, 'failures' | 'failedAt'>, now: number): boolean =>
  failures >= freeFailures && now - failedAt < Math.min((failures - freeFailures + 1) * rest, longestRest)

/**
 * Whether the code is one of the user's enabled device with that serial number, and uses it up. Wrong codes are counted.
 * For STS, which mints the sessions that have proved a second factor.
 */
export async function provesMfa(world: World, userId: string, serial: string, code: string): Promise<boolean> {
  const { account } = world.settings
  const now = world.now()
  const device = await findDevice(world, serial)
  if (!device || device.userId !== userId || isResting(device, now)) return false
  const step = matchingStep(device.seed, code, now + device.drift * stepLength)
  if (step !== undefined && step > device.lastStep) {
    return consumeStep(world.db, account, device.name, step, device.drift)
  }
  await countFailure(world.db, account, device.name, now)
  return false
}

/** The step of the second of two consecutive codes, within so many steps of the present one; undefined if they are not that. */
export function consecutiveStep(
  seed: Uint8Array,
  codes: readonly [string, string],
  now: number,
  within: number,
): number | undefined {
  const present = stepAt(now)
  let found: number | undefined
  for (let step = Math.max(0, present - within); step <= present + within; step += 1) {
    if (isCode(seed, step, codes[0]) && isCode(seed, step + 1, codes[1])) found = step + 1
  }
  return found
}

function isCode(seed: Uint8Array, step: number, code: string): boolean {
  const right = Buffer.from(hotp(seed, step))
  const given = Buffer.from(code)
  return given.length === right.length && timingSafeEqual(given, right)
}
