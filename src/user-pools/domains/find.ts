/** Finds domains: by the name in a browser's address, or those of a pool. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { findPool } from '../pools/find.ts'
import type { Pool } from '../pools/pool.ts'
import { type Domain, domainUrl, programUrl } from './domain.ts'
import { readDomain, readDomains } from './store.ts'

/** The domain of that name and its pool; undefined if there is none. */
export async function findDomain(
  world: Pick<World, 'db'>,
  name: string,
): Promise<{ domain: Domain; pool: Pool } | undefined> {
  const domain = await readDomain(world.db, name)
  const pool = domain && (await findPool(world, domain.poolId))
  return domain && pool && { domain, pool }
}

/** What DescribeUserPool says of the pool's domains. */
export async function describeDomains(
  world: Pick<World, 'db'>,
  poolId: string,
): Promise<{ Domain?: string; CustomDomain?: string }> {
  const domains = await readDomains(world.db, poolId)
  return Object.fromEntries(domains.map(({ kind, name }) => [kind === 'prefix' ? 'Domain' : 'CustomDomain', name]))
}

/** The pool's domain; where there are two, the custom one, as AWS's discovery has it. */
export const firstDomain = async (world: Pick<World, 'db'>, poolId: string): Promise<Domain | undefined> =>
  (await readDomains(world.db, poolId))[0]

/** Bases of the pool's hosted endpoints, for browsers and for programs. */
export async function hostedUrls(
  world: Pick<World, 'db' | 'settings'>,
  poolId: string,
): Promise<{ browsers: string; programs: string } | undefined> {
  const first = await firstDomain(world, poolId)
  return first && { browsers: domainUrl(world.settings, first), programs: programUrl(world.settings, first) }
}

/** Base of the hosted pages, for links that people follow. */
export const hostedUrl = async (world: Pick<World, 'db' | 'settings'>, poolId: string): Promise<string | undefined> =>
  (await hostedUrls(world, poolId))?.browsers

/** Refuses to delete a pool that has a domain. The sentence is that of AWS's samples. */
export async function refuseWithDomain(world: Pick<World, 'db'>, poolId: string): Promise<void> {
  if ((await readDomains(world.db, poolId)).length === 0) return
  fail(
    'InvalidParameterException',
    'User pool cannot be deleted. It has a domain configured that should be deleted first.',
  )
}
