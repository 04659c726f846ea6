/**
 * Datasets of merged identities. Their rows stay where they were; the identity that survived reaches each as
 * `<dataset>.<old identity id>` until it deletes it. unproved: the name; it is the one that AWS's clients use themselves.
 */
import { findIdentity, mergedInto } from '../../identity-pools/identities/find.ts'
import type { Identity } from '../../identity-pools/identities/identity.ts'
import type { Pool } from '../../identity-pools/pools/pool.ts'
import type { World } from '../../world.ts'
import type { Dataset, Target } from '../dataset.ts'
import { readDataset, readDatasets } from './store.ts'

const mergedForm = /^(.+)\.([\w-]+:[0-9a-f-]{36})$/
/** Merges of merged identities are followed so far. */
const longestChain = 20

/** Where the dataset of that name is: the identity's own unless it is one of a merged identity. */
export async function findTarget(world: World, pool: Pool, identity: Identity, name: string): Promise<Target> {
  const own: Target = { pool, identity, name, owner: identity.id, stored: name }
  const [, stored, owner] = mergedForm.exec(name) ?? []
  if (stored === undefined || owner === undefined) return own
  if (await readDataset(world.db, { poolId: pool.id, owner: identity.id, stored: name })) return own
  return (await survives(world, identity, owner)) ? { ...own, owner, stored } : own
}

async function survives(world: World, identity: Identity, merged: string): Promise<boolean> {
  let next: string | undefined = merged
  for (let step = 0; step < longestChain && next !== undefined; step++) {
    const found = await findIdentity(world, next)
    if (found?.identity.poolId !== identity.poolId) return false
    next = found.identity.mergedInto
    if (next === identity.id) return true
  }
  return false
}

/** Every live dataset that the identity reaches, by the name it reaches it by, in the order of these names. */
export async function reachable(
  world: World,
  pool: Pool,
  identity: Identity,
): Promise<(Dataset & { readonly owner: string; readonly reached: string })[]> {
  const owners = [identity.id, ...(await mergedInto(world, identity))]
  const found = await readDatasets(world.db, pool.id, owners)
  return found
    .map((one) => ({ ...one, reached: one.owner === identity.id ? one.name : `${one.name}.${one.owner}` }))
    .sort((a, b) => (a.reached < b.reached ? -1 : 1))
}

/** The names under which datasets of merged identities wait to be merged into this one. */
export async function mergedNames(world: World, { pool, identity, stored, owner }: Target): Promise<string[]> {
  if (owner !== identity.id) return []
  const others = await mergedInto(world, identity)
  if (others.length === 0) return []
  const found = await readDatasets(world.db, pool.id, others)
  return found.filter(({ name }) => name === stored).map((one) => `${stored}.${one.owner}`)
}
