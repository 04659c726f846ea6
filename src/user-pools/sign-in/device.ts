/**
 * Devices in a sign-in: which one the caller says it is, and the challenges by which a remembered one proves it, so that
 * it stands in for a second factor. AWS: Developer Guide, "Working with user devices in your user pool".
 */
import { readElement, sameProof, secretBytes, serverProof, serverPublic } from '../../protocols/srp.ts'
import { fail } from '../../wire/errors.ts'
import { deviceTracking } from '../devices/device.ts'
import { findDevice, refuseDevice } from '../devices/find.ts'
import type { User } from '../users/user.ts'
import { refuseSignIn } from './admission.ts'
import type { Given, Progress } from './progress.ts'
import { refuseForeign } from './session.ts'
import { isTimely } from './timestamp.ts'
import type { Question, Turn, Verdict } from './turn.ts'

/** Whether a device has proved itself in place of a second factor. */
export const deviceStandsIn = ({ device }: Progress): boolean => device?.proved === true

/**
 * Once a user has proved who they are: the device of theirs that the request names goes into what is remembered. One
 * that is not theirs is as good as none; the sign-in then ends with a new device.
 */
export async function withDevice(turn: Turn, verdict: Verdict, key: string | undefined): Promise<Verdict> {
  if (!('passed' in verdict) || !key || verdict.progress.device) return verdict
  const { world, pool } = turn
  const tracking = deviceTracking(pool)
  const device = tracking && (await findDevice(world, pool, verdict.passed.sub, key))
  if (!tracking || !device) return verdict
  const mayProve = tracking.challenges && device.remembered && device.verifier !== undefined
  return { ...verdict, progress: { ...verdict.progress, device: { key, mayProve } } }
}

/**
 * Refuses an answer that names a device its user does not have, before the answer is used up: AWS's clients then forget
 * the device and send the same answer without it. Of users nobody knows there are no devices either.
 */
export async function refuseUnknownDevice({ world, pool }: Turn, sub: string, key: string | undefined): Promise<void> {
  if (!key || !deviceTracking(pool)) return
  if (!(await findDevice(world, pool, sub, key))) refuseDevice()
}

/** Due once, before any second factor is. */
export const deviceDue = (_: Turn, __: User, { device }: Progress): boolean =>
  device?.mayProve === true && device.proved !== true

export const askDevice = (_: Turn, user: User, progress: Progress): Question => ({
  challenge: 'DEVICE_SRP_AUTH',
  parameters: {},
  sub: user.sub,
  progress,
})

/** The device of this sign-in; refuses another, and one that was forgotten meanwhile. */
async function deviceAsked({ world, pool }: Turn, given: Given, user: User, { device }: Progress) {
  if (!device) return refuseForeign()
  const found = given['DEVICE_KEY'] === device.key ? await findDevice(world, pool, user.sub, device.key) : undefined
  if (!found?.remembered || !found.verifier) return refuseDevice()
  return { ...found, verifier: found.verifier, progress: device }
}

const blockBytes = 64

/** DEVICE_SRP_AUTH: the client's number is in, the server's goes out. */
export async function answerDevice(turn: Turn, given: Given, user: User, progress: Progress): Promise<Verdict> {
  const { world } = turn
  const A = given['SRP_A'] ?? ''
  // RFC 5054 2.5.4.
  if (readElement(A) === undefined) fail('InvalidParameterException', 'Invalid SRP_A')
  const device = await deviceAsked(turn, given, user, progress)
  const b = world.random(secretBytes)
  const B = await serverPublic(device.verifier.verifierHex, b, world.slow.modPow)
  const block = world.random(blockBytes).toString('base64')
  const exchange = { b: b.toString('hex'), A, B, block }
  return {
    ask: {
      challenge: 'DEVICE_PASSWORD_VERIFIER',
      parameters: {
        SALT: device.verifier.saltHex,
        SECRET_BLOCK: block,
        SRP_B: B,
        USERNAME: user.username,
        DEVICE_KEY: device.key,
      },
      sub: user.sub,
      progress: { ...progress, device: { ...device.progress, exchange } },
    },
  }
}

/** DEVICE_PASSWORD_VERIFIER: as a password's, with the group key in the pool's place and the device key in the user's. */
export async function answerDeviceProof(turn: Turn, given: Given, user: User, progress: Progress): Promise<Verdict> {
  const { world } = turn
  const device = await deviceAsked(turn, given, user, progress)
  const { exchange, ...rest } = device.progress
  const timestamp = given['TIMESTAMP'] ?? ''
  if (!exchange || given['PASSWORD_CLAIM_SECRET_BLOCK'] !== exchange.block) return refuseSignIn('another block')
  if (!isTimely(world, timestamp)) refuseSignIn('the timestamp is off')
  const expected = await serverProof(
    {
      ...{ group: device.groupKey, name: device.key, timestamp },
      ...{ A: exchange.A, B: exchange.B, b: Buffer.from(exchange.b, 'hex') },
      verifierHex: device.verifier.verifierHex,
      secretBlock: Buffer.from(exchange.block, 'base64'),
    },
    world.slow.modPow,
  )
  if (!expected || !sameProof(given['PASSWORD_CLAIM_SIGNATURE'] ?? '', expected)) refuseSignIn('the device is another')
  return { passed: user, progress: { ...progress, device: { ...rest, proved: true } } }
}
