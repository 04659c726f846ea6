/** Where a request came from, as far as the client and the server that speaks for it may say. */

import { canonicalAddress, networkOf } from '../../protocols/networks.ts'
import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import type { Client } from '../clients/client.ts'
import { readDevice } from './device.ts'
import type { Origin } from './event.ts'

/** The two forms of context data: a user's own client sends the first, an administrator for a user the second. */
export type Told = {
  readonly UserContextData?:
    | { readonly IpAddress?: string | undefined; readonly EncodedData?: string | undefined }
    | undefined
  readonly ContextData?:
    | {
        readonly IpAddress: string
        readonly HttpHeaders: readonly {
          readonly headerName?: string | undefined
          readonly headerValue?: string | undefined
        }[]
        readonly EncodedData?: string | undefined
      }
    | undefined
}

type Seen = Pick<Context, 'world' | 'address' | 'userAgent' | 'requestId'>

const header = (told: Told, name: string) =>
  told.ContextData?.HttpHeaders.find(({ headerName }) => headerName?.toLowerCase() === name)?.headerValue

/**
 * The origin of a request through a client. A server with the client's secret may say for whom it asks, if the client is
 * set up so; any other client that names an address is refused. What an administrator says is believed; of a request
 * that names no address by an administrator none is known, since it is the administrator's own.
 */
export function originOf(
  seen: Seen,
  client: Client | undefined,
  told: Told,
  family: 'public' | 'admin' = 'public',
): Origin {
  const { UserContextData: user, ContextData: server } = told
  if (user?.IpAddress !== undefined && !mayTell(client)) {
    fail('InvalidParameterException', 'Cannot use IP Address passed into UserContextData')
  }
  const given = family === 'admin' ? server?.IpAddress : (user?.IpAddress ?? seen.address)
  const address = given === undefined ? undefined : canonicalAddress(given)
  const agent = family === 'admin' ? (header(told, 'user-agent') ?? '') : seen.userAgent
  const encoded = user?.EncodedData ?? server?.EncodedData
  const device = readDevice(agent, encoded)
  return {
    address,
    network: address === undefined ? undefined : networkOf(address),
    deviceName: device.name,
    device: device.mark,
    timezone: device.timezone,
    location: address === undefined ? undefined : seen.world.locate(address),
    requestId: seen.requestId,
    told: user !== undefined || server !== undefined,
  }
}

/** AWS: API_CreateUserPoolClient, EnablePropagateAdditionalUserContextData: confidential clients only. */
const mayTell = (client: Client | undefined): boolean =>
  client?.settings.EnablePropagateAdditionalUserContextData === true && client.secrets.length > 0
