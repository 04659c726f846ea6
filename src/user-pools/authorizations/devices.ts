/** Devices without a keyboard: a code that somebody types elsewhere, and what the device may fetch afterwards. RFC 8628. */
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import type { Pool } from '../pools/pool.ts'
import type { SignedIn } from './browser.ts'
import {
  type DeviceGrant,
  decideDevice,
  insertDevice,
  noteAsked,
  readDevice,
  readWaiting,
  takeDevice,
} from './pending-store.ts'

export const deviceSeconds = 600
export const pauseSeconds = 5

/** No vowels, so that no words appear, and nothing that looks like something else. 6.1. */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'

type Holder = { readonly pool: Pick<Pool, 'id'>; readonly client: Pick<Client, 'id'> }

const hashOf = (world: World, code: string) => world.seal.mac('device-code', code).toString('base64url')

/** As people type them: in any case, with or without the hyphen. */
const canonical = (userCode: string) => userCode.toUpperCase().replace(/[^A-Z]/g, '')
const userHashOf = (world: World, userCode: string) =>
  world.seal.mac('device-user-code', canonical(userCode)).toString('base64url')

function makeUserCode(world: Pick<World, 'random'>): string {
  const picked: string[] = []
  while (picked.length < 8) {
    const [byte = 0] = world.random(1)
    // 240 is twelve times twenty: no letter is likelier than another.
    if (byte < 240) picked.push(letters[byte % 20] ?? '')
  }
  return `${picked.slice(0, 4).join('')}-${picked.slice(4).join('')}`
}

export type DeviceCodes = { readonly deviceCode: string; readonly userCode: string }

export async function beginDevice(world: World, { pool, client }: Holder, scope: string): Promise<DeviceCodes> {
  const deviceCode = world.random(32).toString('base64url')
  for (;;) {
    const userCode = makeUserCode(world)
    const now = world.now()
    const made = await insertDevice(world.db, pool.id, {
      hash: hashOf(world, deviceCode),
      userCodeHash: userHashOf(world, userCode),
      ...{ clientId: client.id, scope, askedAt: now },
      pause: pauseSeconds * 1000,
      expiresAt: now + deviceSeconds * 1000,
    })
    if (made) return { deviceCode, userCode }
  }
}

/** What waits under a code that somebody typed. */
export const findWaiting = (
  world: World,
  pool: Pick<Pool, 'id'>,
  userCode: string,
): Promise<DeviceGrant | undefined> =>
  canonical(userCode).length === 8
    ? readWaiting(world.db, pool.id, userHashOf(world, userCode), world.now())
    : Promise.resolve(undefined)

/** What somebody who is signed in says of it; false if nothing waits any more. */
export const decide = (
  world: World,
  pool: Pick<Pool, 'id'>,
  userCode: string,
  { user, authTime, browserId, authentication }: SignedIn,
  state: 'approved' | 'denied',
): Promise<boolean> =>
  decideDevice(
    world.db,
    pool.id,
    userHashOf(world, userCode),
    { state, sub: user.sub, signOuts: user.signOuts, browserId, authTime, authentication },
    world.now(),
  )

/** Errors of RFC 8628 3.5. */
export type Pending = 'authorization_pending' | 'slow_down' | 'access_denied' | 'expired_token' | 'invalid_grant'

export type Approved = DeviceGrant & { readonly sub: string; readonly authTime: number }

/** What the device gets for asking: the grant, once, or why not yet. */
export async function askForDevice(
  world: World,
  { pool, client }: Holder,
  deviceCode: string,
): Promise<Approved | { readonly pending: Pending }> {
  const hash = hashOf(world, deviceCode)
  const found = await readDevice(world.db, pool.id, hash, client.id)
  if (!found || found.state === 'used') return { pending: 'invalid_grant' }
  if (found.expiresAt <= world.now()) return { pending: 'expired_token' }
  if (!(await noteAsked(world.db, pool.id, hash, world.now(), pauseSeconds * 1000))) return { pending: 'slow_down' }
  if (found.state === 'denied') return { pending: 'access_denied' }
  const taken = await takeDevice(world.db, pool.id, hash, world.now())
  if (!taken) return { pending: found.state === 'waiting' ? 'authorization_pending' : 'invalid_grant' }
  if (taken.sub === undefined || taken.authTime === undefined) throw new Error('Who approves is known.')
  return { ...taken, sub: taken.sub, authTime: taken.authTime }
}
