/** Tells the other devices of an identity that a dataset has changed. AWS: Developer Guide, "Push sync". */
import type { World } from '../../world.ts'
import type { Target } from '../dataset.ts'
import type { PushSync } from '../pools/sync-pool.ts'
import { deliverPush, type PushTarget, targetPurpose } from './deliver.ts'
import { readSubscribers } from './store.ts'

type About = { readonly target: Target; readonly syncCount: number; readonly except: string | undefined }

/** In the background: whoever has written does not wait, and a device that missed it hears with its next synchronisation. */
export function notifyDevices(world: World, push: PushSync, about: About): void {
  if (!push.ApplicationArns?.length) return
  notify(world, about).catch((error: unknown) => world.log.warn({ err: error }, 'Devices were not notified.'))
}

async function notify(world: World, { target, syncCount, except }: About) {
  const { pool, identity, name } = target
  const devices = await readSubscribers(world.db, pool.id, identity.id, name)
  const message = {
    source: 'cognito-sync',
    identityPoolId: pool.id,
    identityId: identity.id,
    datasetName: name,
    syncCount,
  }
  for (const device of devices) {
    if (device.id === except) continue
    const opened = world.seal.open(targetPurpose, device.target, device.id)
    if (!opened) continue
    const outcome = await deliverPush(world, pool.region, JSON.parse(opened.toString()) as PushTarget, message)
    if (outcome !== 'delivered') world.log.warn({ pool: pool.id, device: device.id, outcome }, 'push not delivered')
  }
}
