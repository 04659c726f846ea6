/** Which features of centralized root access are on. The account is an organization of its own (decision 51). */
import type { World } from '../../world.ts'
import { type Feature, readFeatures } from './store.ts'

export type { Feature } from './store.ts'

export const enabledFeatures = (world: Pick<World, 'db' | 'settings'>): Promise<Feature[]> =>
  readFeatures(world.db, world.settings.account)

export const isEnabled = async (world: Pick<World, 'db' | 'settings'>, feature: Feature): Promise<boolean> =>
  (await enabledFeatures(world)).includes(feature)

/** The id of the organization that has no other account. */
export const organizationId = ({ account }: Pick<World['settings'], 'account'>): string => `o-${account}`
