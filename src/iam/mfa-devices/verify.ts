/** Proving a virtual MFA device: one code in use, two consecutive ones when it is enabled. RFC 6238. */
import { timingSafeEqual } from 'node:crypto'
import { hotp, matchingStep, stepAt } from '../../protocols/totp.ts'
import type { World } from '../../world.ts'
import type { MfaDevice } from './device.ts'
import { findDevice } from './find.ts'
import { consumeStep, countTry, type Patience } from './store.ts'

/** Five wrong codes in a row are free; after each further one the device rests, a minute longer every time, up to a quarter of an hour. */
const patience: Patience = { free: 5, rest: 60_000, longest: 900_000 }

const stepLength = 30_000

/** Whether a code may be looked at: not after too many wrong ones of late, when even the right one is refused. */
export const mayTry = ({ db, settings, now }: World, { name }: Pick<MfaDevice, 'name'>): Promise<boolean> =>
  countTry(db, settings.account, name, now(), patience)

/**
 * Whether the code is one of the user's enabled device with that serial number, and uses it up. Wrong codes are counted.
 * For STS, which mints the sessions that have proved a second factor.
 */
export async function provesMfa(world: World, userId: string, serial: string, code: string): Promise<boolean> {
  const { account } = world.settings
  const now = world.now()
  const device = await findDevice(world, serial)
  if (device?.userId !== userId || !(await mayTry(world, device))) return false
  const step = matchingStep(device.seed, code, now + device.drift * stepLength)
  return step !== undefined && consumeStep(world.db, account, device.name, step, device.drift)
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
