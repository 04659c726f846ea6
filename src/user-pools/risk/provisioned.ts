/**
 * Limits that an account raised for itself: they hold where a pool has Cognito's rates at all.
 * AWS: API_UpdateProvisionedLimit; Developer Guide, "Managing provisioned limits".
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { readProvisioned, writeProvisioned } from './limits-store.ts'
import { type Category, categories } from './rate-categories.ts'

type Rates = Readonly<Record<Category, number>>

/** unproved: how far; AWS's maximum is what Service Quotas has granted the account. */
const mostTimes = 10

/** A write on another node is seen after so long. */
const freshMs = 5_000
const known = new WeakMap<World['seal'], Map<string, { readonly rates: Promise<Rates>; readonly until: number }>>()

const cacheOf = (world: World) => {
  const cache = known.get(world.seal) ?? new Map()
  known.set(world.seal, cache)
  return cache
}

/** Requests in a second by category, in that region: Cognito's, or what they were raised to. */
export function ratesIn(world: World, region: string): Promise<Rates> {
  const cache = cacheOf(world)
  const held = cache.get(region)
  if (held && held.until > world.now()) return held.rates
  const rates = readProvisioned(world.db, region).then((raised) => ({ ...categories, ...raised }))
  cache.set(region, { rates, until: world.now() + freshMs })
  rates.catch(() => cache.delete(region))
  return rates
}

/** Raises or lowers a limit, between Cognito's own and the account's most. unproved: the sentences. */
export async function provision(world: World, region: string, category: Category, rate: number): Promise<void> {
  const least = categories[category]
  if (rate < least) fail('InvalidParameterException', `The limit must be at least ${least}.`)
  if (rate > least * mostTimes) {
    fail('ServiceQuotaExceededException', `The limit must be at most ${least * mostTimes}, the quota of the account.`)
  }
  await writeProvisioned(world.db, region, category, rate)
  cacheOf(world).delete(region)
}

/** The category that a definition names. unproved: the codes and sentences. */
export function categoryNamed(attributes: Readonly<Record<string, string>>): Category {
  const [name, ...more] = Object.keys(attributes)
  if (name !== 'Category' || more.length > 0) {
    fail('InvalidParameterException', 'LimitDefinition must have the attribute Category and no other.')
  }
  const category = attributes['Category'] ?? ''
  if (!Object.hasOwn(categories, category)) fail('ResourceNotFoundException', `There is no category ${category}.`)
  return category as Category
}
