/**
 * Cognito's request rates, for suites that want to meet them: off unless the pool's tag `poolhouse:request-rates` says
 * `cognito`, or names categories with rates of its own, as `UserAuthentication=5 UserRead=20`. Token buckets that hold
 * one second's requests, for each pool and process. `cognito` follows what the account has provisioned.
 * AWS: Developer Guide, "Quotas in Amazon Cognito".
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { ratesIn } from './provisioned.ts'
import { type Category, categories, categoryOf, perUser } from './rate-categories.ts'

export const ratesTag = 'poolhouse:request-rates'

type Rates = Readonly<Partial<Record<Category, number>>>

const read = new Map<string, Rates>()

/** Rates per second by category; what a text does not name is not limited. */
function readRates(text: string): Rates {
  const known = read.get(text)
  if (known) return known
  const pairs = text.split(/[\s,]+/).map((pair) => pair.split('='))
  const rates = Object.fromEntries(
    pairs
      .filter(([name = '', rate]) => Object.hasOwn(categories, name) && Number(rate) > 0)
      .map(([name, rate]) => [name, Number(rate)]),
  ) as Rates
  if (read.size < 1_000) read.set(text, rates)
  return rates
}

type Bucket = { tokens: number; at: number }

const worlds = new WeakMap<World['seal'], Map<string, Bucket>>()
const mostBuckets = 10_000

/** Whether one more fits: the bucket fills at `rate` a second and holds as many. */
function take(world: World, key: string, rate: number): boolean {
  let buckets = worlds.get(world.seal)
  if (!buckets) {
    buckets = new Map()
    worlds.set(world.seal, buckets)
  }
  const now = world.now()
  const size = Math.max(1, rate)
  const bucket = buckets.get(key) ?? { tokens: size, at: now }
  bucket.tokens = Math.min(size, bucket.tokens + (rate * Math.max(0, now - bucket.at)) / 1_000)
  bucket.at = now
  buckets.delete(key)
  buckets.set(key, bucket)
  if (buckets.size > mostBuckets) buckets.delete(buckets.keys().next().value as string)
  if (bucket.tokens < 1) return false
  bucket.tokens--
  return true
}

/** Counts a request to the pool, of the user if one is known. Refuses with TooManyRequestsException. */
export async function countRequest(world: World, pool: Pool, operation: string, sub?: string): Promise<void> {
  const tag = pool.settings.UserPoolTags?.[ratesTag]
  if (tag === undefined) return
  const category = categoryOf(operation)
  if (!category) return
  const rate = tag === 'cognito' ? (await ratesIn(world, pool.region))[category] : readRates(tag)[category]
  // AWS: answers to challenges have three times the rate of sign-ins, in a bucket of their own.
  const isAnswer = operation.endsWith('RespondToAuthChallenge')
  const kind = isAnswer ? `${category} answers` : category
  const full = rate !== undefined && !take(world, `${pool.id} ${kind}`, isAnswer ? 3 * rate : rate)
  const ofUser = sub !== undefined && tag === 'cognito' ? perUser[category] : undefined
  const fullForUser = ofUser !== undefined && !take(world, `${pool.id} ${category} ${sub}`, ofUser)
  if (full || fullForUser) fail('TooManyRequestsException', 'Rate exceeded', { status: 429 })
}
