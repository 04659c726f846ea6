/** Servers to send to, as settings name them: an address that is posted to, or an API of AWS. */
import type { JsonRow } from '../config/json.ts'
import type { Destination } from '../world.ts'

/** `{ "url", "secret" }` or `{ "endpoint", "region", "accessKeyId", "secretAccessKey", "sessionToken" }`. */
export function readDestination(row: JsonRow): Destination {
  if ('url' in row.members) {
    row.only(['url', 'secret'])
    return { kind: 'http', url: row.url('url'), secret: row.text('secret') }
  }
  row.only(['endpoint', 'region', 'accessKeyId', 'secretAccessKey', 'sessionToken'])
  return {
    kind: 'aws',
    endpoint: row.members['endpoint'] === 'aws' ? 'aws' : row.url('endpoint').replace(/\/+$/, ''),
    region: row.optional('region'),
    accessKeyId: row.text('accessKeyId'),
    secretAccessKey: row.text('secretAccessKey'),
    sessionToken: row.optional('sessionToken'),
  }
}
