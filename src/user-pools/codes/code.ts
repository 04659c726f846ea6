/** The life of a one-time code: issued, tried at most five times, taken once. Only its keyed hash is kept. */
import { timingSafeEqual } from 'node:crypto'
import type { Db } from '../../store/db.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { randomDigits } from './digits.ts'
import { countTry, deleteCode, type Place, readPayload, takeCode, writeCode } from './store.ts'

const minute = 60_000
const hour = 60 * minute

/** AWS: Quotas, "Validity of codes"; the lives of codes sent during a sign-in are the client's and are passed. */
const purposes = {
  'sign-up': { digits: 6, life: 24 * hour },
  'confirmed-by-link': { digits: 6, life: 24 * hour },
  'verify-email': { digits: 6, life: 24 * hour },
  'verify-phone_number': { digits: 6, life: 24 * hour },
  'forgot-password': { digits: 6, life: hour },
  'sms-mfa': { digits: 6, life: 3 * minute },
  'email-mfa': { digits: 6, life: 3 * minute },
  'sms-otp': { digits: 8, life: 3 * minute },
  'email-otp': { digits: 8, life: 3 * minute },
} as const

export type Purpose = keyof typeof purposes

/** What travels with a code to the one who takes it, such as the address it was sent to. */
export type Payload = Readonly<Record<string, string>>

/** Whose code: a user, or the simulated sub of a user who does not exist. */
export type Subject = { readonly sub: string }

/** A code dies at the fifth try: at most one in 200,000 guessers is lucky with each code. */
const mostTries = 5

/** Far above any code; longer ones are not even hashed. */
const longestCode = 64

const placeOf = (pool: Pool, { sub }: Subject, purpose: Purpose): Place => ({ poolId: pool.id, subject: sub, purpose })

const macOf = (world: World, { poolId, subject, purpose }: Place, code: string): string =>
  world.seal.mac('code', JSON.stringify([poolId, subject, purpose, code])).toString('base64url')

/** Makes a code in place of the former one for that purpose. `life` in milliseconds where it is not the purpose's own. */
export async function issueCode(
  world: World,
  pool: Pool,
  subject: Subject,
  purpose: Purpose,
  payload: Payload = {},
  life?: number,
): Promise<string> {
  const place = placeOf(pool, subject, purpose)
  const code = world.settings.devCode ?? randomDigits(world.random, purposes[purpose].digits)
  await writeCode(world.db, place, {
    mac: macOf(world, place, code),
    payload: JSON.stringify(payload),
    expiresAt: world.now() + (life ?? purposes[purpose].life),
  })
  return code
}

/** Keeps a code that nobody knows, for a user who does not exist: it is counted and expires as a real one does. */
export const issueNothing = (
  world: World,
  pool: Pool,
  subject: Subject,
  purpose: Purpose,
  life: number = purposes[purpose].life,
): Promise<void> =>
  writeCode(world.db, placeOf(pool, subject, purpose), {
    mac: world.random(32).toString('base64url'),
    payload: '{}',
    expiresAt: world.now() + life,
  })

/**
 * Tries a code: counts the try first, on its own, so that parallel guesses cannot outrun the counter, then compares.
 * Refuses with CodeMismatchException, or ExpiredCodeException where no living code is left. The answer takes the code,
 * inside the transaction of what it is taken for: if that fails the code stays, and of several takers one succeeds.
 */
export async function tryCode(
  world: World,
  pool: Pool,
  subject: Subject,
  purpose: Purpose,
  code: string,
): Promise<(db: Db) => Promise<Payload>> {
  const place = placeOf(pool, subject, purpose)
  const kept = await countTry(world.db, place, world.now(), mostTries)
  if (kept === undefined) return refuseExpired()
  const given = macOf(world, place, code.slice(0, longestCode))
  if (!timingSafeEqual(Buffer.from(kept), Buffer.from(given)))
    return fail('CodeMismatchException', 'Invalid verification code provided, please try again.')
  return async (db) => {
    const payload = await takeCode(db, place, given, world.now())
    return payload === undefined ? refuseExpired() : (JSON.parse(payload) as Payload)
  }
}

/** Tries a code and takes it, in one transaction with `work` if there is some. Refuses as tryCode does. */
export async function consumeCode(
  world: World,
  pool: Pool,
  subject: Subject,
  purpose: Purpose,
  code: string,
  work?: (db: Db, payload: Payload) => Promise<unknown>,
): Promise<Payload> {
  const take = await tryCode(world, pool, subject, purpose, code)
  return world.db.transaction(async (db) => {
    const payload = await take(db)
    await work?.(db, payload)
    return payload
  })
}

/** Programs that look at links before people do may come often. */
const mostVisits = 50

/** Keeps a code that is taken by the transaction of `db`, so that whoever comes back with it can be told that all is well. */
export const rememberCode = (
  db: Db,
  world: World,
  pool: Pool,
  subject: Subject,
  purpose: Purpose,
  code: string,
): Promise<void> => {
  const place = placeOf(pool, subject, purpose)
  const expiresAt = world.now() + purposes[purpose].life
  return writeCode(db, place, { mac: macOf(world, place, code), payload: '{}', expiresAt })
}

/** Whether it is the code that was remembered; it stays. Guesses are counted as visits are. */
export async function recallCode(
  world: World,
  pool: Pool,
  subject: Subject,
  purpose: Purpose,
  code: string,
): Promise<boolean> {
  const place = placeOf(pool, subject, purpose)
  const kept = await countTry(world.db, place, world.now(), mostVisits)
  const given = macOf(world, place, code.slice(0, longestCode))
  return kept !== undefined && timingSafeEqual(Buffer.from(kept), Buffer.from(given))
}

/** What the code under way was issued for; undefined when there is none. */
export async function payloadOf(
  world: World,
  pool: Pool,
  subject: Subject,
  purpose: Purpose,
): Promise<Payload | undefined> {
  const payload = await readPayload(world.db, placeOf(pool, subject, purpose), world.now())
  return payload === undefined ? undefined : (JSON.parse(payload) as Payload)
}

/** Makes a code under way worthless: what it was for has come about in another way. */
export const forgetCode = (db: Db, pool: Pool, subject: Subject, purpose: Purpose): Promise<void> =>
  deleteCode(db, placeOf(pool, subject, purpose))

/** AWS says so of codes that expired, of codes tried too often, and where none was ever asked for. */
export const refuseExpired = (): never =>
  fail('ExpiredCodeException', 'Invalid code provided, please request a code again.')
