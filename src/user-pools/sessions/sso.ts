/** For how long a client takes a browser's earlier sign-in instead of asking again. AWS: API_SetUserPoolClientSessionConfiguration. */
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { readSsoMinutes } from './store.ts'

export const longestSsoMinutes = 129_600
const otherwise = 60

/** In minutes since the browser's last sign-in; 0: never. Hosted login asks here. */
export const ssoMinutes = async (world: Pick<World, 'db'>, client: Pick<Client, 'poolId' | 'id'>): Promise<number> =>
  (await readSsoMinutes(world.db, client.poolId, client.id)) ?? otherwise
