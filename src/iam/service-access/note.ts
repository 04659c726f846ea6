/** Notes what was used, when and where: access keys, services, roles. For those who check signatures, once one is right. */
import { isOutage } from '../../store/errors.ts'
import type { Caller } from '../../wire/caller.ts'
import type { World } from '../../world.ts'
import { noteKeyUse } from '../access-keys/last-used.ts'
import { isService } from './services.ts'
import { noteServiceUse } from './uses.ts'

/** `operation` where a service has its actions reported one by one. */
export type Used = { readonly service: string; readonly operation?: string | undefined; readonly region: string }

type Noting = Pick<World, 'db' | 'now' | 'settings' | 'log'>

/** The same use is noted at most so often by each process: a request must not cost a write. */
const pause = 300_000
const mostKnown = 10_000
const noted = new WeakMap<object, Map<string, number>>()

function isDue({ db, now }: Noting, what: string): boolean {
  const known = noted.get(db) ?? new Map<string, number>()
  noted.set(db, known)
  const at = now()
  if (at - (known.get(what) ?? 0) < pause) return false
  if (known.size >= mostKnown) known.clear()
  known.set(what, at)
  return true
}

/** What cannot be noted hinders nobody. */
export async function noteUse(world: Noting, caller: Caller, { service, operation, region }: Used): Promise<void> {
  const { kind, accessKeyId, issuedAt } = caller
  const at = world.now()
  const principalId = kind === 'user' ? caller.userId : caller.roleId
  try {
    if (kind === 'user' && issuedAt === undefined && isDue(world, accessKeyId)) {
      await noteKeyUse(world, accessKeyId, { at, service, region })
    }
    if (principalId === undefined || !isService(service)) return
    if (isDue(world, `${principalId} ${service}:${operation ?? ''}`)) {
      await noteServiceUse(world, { principalId, service, action: operation, at, region })
    }
  } catch (error) {
    if (!isOutage(error)) world.log.warn({ err: error, accessKeyId }, 'A use was not noted.')
  }
}
