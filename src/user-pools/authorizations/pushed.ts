/** Authorization requests that came by the back door and wait for their browser, under an address that names nothing else. RFC 9126. */
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import type { Pool } from '../pools/pool.ts'
import { insertPushed, readPushed, takePushed } from './pending-store.ts'

/** RFC 9126 2.2; and our own name for what a device's user has typed the code of, which no client can push. */
const prefixes = { client: 'urn:ietf:params:oauth:request_uri:', device: 'urn:poolhouse:device_request:' } as const

export const isDeviceRequest = (uri: string): boolean => uri.startsWith(prefixes.device)

/** The browser must come, and whoever sits before it sign in, within this. */
export const pushedSeconds = 600

const hashOf = (world: World, uri: string) => world.seal.mac('pushed-request', uri).toString('base64url')

type Holder = { readonly pool: Pick<Pool, 'id'>; readonly client: Pick<Client, 'id'> }

/** Keeps the request; its address. */
export async function pushRequest(
  world: World,
  { pool, client }: Holder,
  query: string,
  by: keyof typeof prefixes = 'client',
): Promise<string> {
  const uri = `${prefixes[by]}${world.random(32).toString('base64url')}`
  const expiresAt = world.now() + pushedSeconds * 1000
  await insertPushed(world.db, pool.id, { hash: hashOf(world, uri), clientId: client.id, query, expiresAt })
  return uri
}

/** The request of that address, if it is the client's and its time is not over. */
export const findPushed = (world: World, { pool, client }: Holder, uri: string): Promise<string | undefined> =>
  uri.length <= 200
    ? readPushed(world.db, pool.id, hashOf(world, uri), client.id, world.now())
    : Promise.resolve(undefined)

/** Uses it up: an answer is given to each request once. 4. */
export const spendPushed = (world: World, pool: Pick<Pool, 'id'>, uri: string): Promise<boolean> =>
  takePushed(world.db, pool.id, hashOf(world, uri), world.now())
