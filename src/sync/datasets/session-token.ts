/** The token of a sync session: whoever writes must have listed the same dataset of the same identity before. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Target } from '../dataset.ts'

/** unproved: AWS does not say how long a session lasts. */
const life = 3_600_000

const boundTo = ({ pool, identity, name }: Target) => `${pool.id} ${identity.id} ${name}`

type Of = Pick<World, 'seal' | 'now'>

export const beginSession = (world: Of, target: Target): string =>
  world.seal.seal('sync-session', String(world.now() + life), boundTo(target))

/** Refuses a token of another dataset or identity, and one that is too old. unproved: code and sentences. */
export function requireSession(world: Of, target: Target, token: string): void {
  const opened = world.seal.open('sync-session', token, boundTo(target))
  if (!opened) fail('InvalidParameterException', 'Invalid SyncSessionToken.')
  if (Number(opened) <= world.now()) fail('InvalidParameterException', 'The SyncSessionToken has expired.')
}
