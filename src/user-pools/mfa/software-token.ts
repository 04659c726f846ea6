/**
 * Authenticator apps: a seed is associated, proved by its first code, and from then on answers challenges; each code once.
 * AWS: Developer Guide, "TOTP software token MFA"; RFC 6238 5.2 for the window and the single use.
 */
import { toBase32 } from '../../protocols/base32.ts'
import { matchingStep } from '../../protocols/totp.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { poolFactors } from './factors.ts'
import { disableSoftwareToken, enableSoftwareToken } from './preferences.ts'
import {
  activatePending,
  deleteSoftwareToken,
  insertVerified,
  readSoftwareToken,
  takeStep,
  writePending,
} from './store.ts'

type Owner = { readonly sub: string }

const purpose = 'totp-seed'
const boundTo = (pool: Pool, { sub }: Owner) => `${pool.id}/${sub}`
const sealSeed = (world: World, pool: Pool, owner: Owner, seed: Uint8Array) =>
  world.seal.seal(purpose, seed, boundTo(pool, owner))
const openSeed = (world: World, pool: Pool, owner: Owner, sealed: string) =>
  world.seal.open(purpose, sealed, boundTo(pool, owner)) ?? fail('InternalErrorException', 'Internal error')

/** Refuses where the pool has authenticator apps off. */
export function checkSoftwareTokens(pool: Pool): void {
  if (!poolFactors(pool).includes('SOFTWARE_TOKEN_MFA')) {
    fail('SoftwareTokenMFANotFoundException', 'Software Token MFA has not been enabled by the userPool')
  }
}

/** 52 letters, as AWS's. */
export const makeSeed = (world: World): Buffer => world.random(32)
export const secretCode = (seed: Uint8Array): string => toBase32(seed)

/** Begins with a new seed for a signed-in user; one already verified stays in force until this one is. Answers the code. */
export async function associate(world: World, pool: Pool, user: Owner): Promise<string> {
  const seed = makeSeed(world)
  await writePending(world.db, pool.id, user.sub, sealSeed(world, pool, user, seed))
  return secretCode(seed)
}

const refuseFirst = (): never =>
  fail('EnableSoftwareTokenMFAException', 'Code mismatch and fail enable Software Token MFA')

/** Proves the seed that waits by its first code, which is thereby used. */
export async function verifyPending(
  world: World,
  pool: Pool,
  user: Owner,
  code: string,
  name: string | undefined,
): Promise<void> {
  const token = await readSoftwareToken(world.db, pool.id, user.sub)
  // unproved: AWS's sentence where nothing was associated.
  if (!token?.pending)
    return fail('InvalidParameterException', 'No software token has been associated with this account.')
  const seed = token.pending
  const step = matchingStep(openSeed(world, pool, user, seed), code, world.now()) ?? refuseFirst()
  await world.db.transaction(async (db) => {
    if (!(await activatePending(db, pool.id, user.sub, { seed, step, name }))) refuseFirst()
    await enableSoftwareToken(db, pool, user.sub)
  })
}

/**
 * Proves a seed that a sign-in carries. Only for a user who has none: whoever merely knows the password must not put an
 * app of theirs in the place of the user's.
 */
export async function verifyFirst(
  world: World,
  pool: Pool,
  user: Owner,
  seed: Uint8Array,
  code: string,
  name: string | undefined,
): Promise<void> {
  const step = matchingStep(seed, code, world.now()) ?? refuseFirst()
  const sealed = sealSeed(world, pool, user, seed)
  await world.db.transaction(async (db) => {
    if (!(await insertVerified(db, pool.id, user.sub, { seed: sealed, step, name }))) {
      fail('NotAuthorizedException', 'Invalid session for the user.', { detail: 'the user has a software token' })
    }
    await enableSoftwareToken(db, pool, user.sub)
  })
}

/** Takes a code of the user's app. Refuses a wrong one, and with ExpiredCodeException one that was used. */
export async function takeSoftwareTokenCode(world: World, pool: Pool, user: Owner, code: string): Promise<void> {
  const token = await readSoftwareToken(world.db, pool.id, user.sub)
  // An administrator took the app away in the middle of the sign-in. The sentence is that of a report.
  if (!token?.seed) return fail('SoftwareTokenMFANotFoundException', 'Software Token MFA does not exist for the user.')
  const step =
    matchingStep(openSeed(world, pool, user, token.seed), code, world.now()) ??
    fail('CodeMismatchException', 'Invalid code received for user')
  if (!(await takeStep(world.db, pool.id, user.sub, token.seed, step))) {
    fail('ExpiredCodeException', 'Your software token has already been used once.')
  }
}

/** The name the user gave the app. */
export const softwareTokenName = async (world: World, pool: Pool, { sub }: Owner): Promise<string | undefined> =>
  (await readSoftwareToken(world.db, pool.id, sub))?.name

/** Takes the app away, in force or waiting, with what was preferred of it. */
export const removeSoftwareToken = (world: World, pool: Pool, { sub }: Owner): Promise<void> =>
  world.db.transaction(async (db) => {
    await deleteSoftwareToken(db, pool.id, sub)
    await disableSoftwareToken(db, pool, sub)
  })
