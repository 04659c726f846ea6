/** Where a bucket and a key stand on a server behind the gateway. */
import type { UpstreamServer } from '../../world.ts'
import { invalidUri } from '../s3/address.ts'

/** Whether requests for both go to one server, with the same rights there. */
export const isSameServer = (one: UpstreamServer | undefined, other: UpstreamServer | undefined): boolean =>
  one !== undefined && other !== undefined && identityOf(one) === identityOf(other)

/** What tells servers apart: the row of a bucket says more than that. */
export const identityOf = ({ endpoint, region, keys }: UpstreamServer): string =>
  JSON.stringify([endpoint, region, keys?.accessKeyId])

/** Where paths lead to a server's administration or another protocol: MinIO, Ceph RGW (the next three), moto. */
const ownPaths = new Set(['minio', 'admin', 'swift', 'auth', 'moto-api'])

/** Whether that server would take the name for no bucket, as far as its row does not say that it is one. */
export const isOwnPath = ({ style, match }: UpstreamServer, bucket: string): boolean =>
  style === 'path' && match !== bucket && ownPaths.has(bucket)

/** Where the bucket stands: before the host, or first in the path. `path` begins with a slash. */
export function placeOf(
  { style, endpoint }: UpstreamServer,
  bucket: string,
  path: string,
): { readonly path: string; readonly subdomain?: string } {
  if (style !== 'virtual') return { path: `/${bucket}${path === '/' ? '' : path}` }
  // MinIO looks for its administration whatever the host.
  if (endpoint !== 'aws' && /^\/minio(?:\/|$)/.test(path)) invalidUri('a path of the server itself')
  return { path, subdomain: `${bucket}.` }
}

/** RFC 3986 2.3, slashes kept: the form that signatures are over. */
export const encodeKey = (key: string): string => key.split('/').map(encodeSegment).join('/')

/** RFC 3986 2.3: everything else is percent-encoded. */
export const encodeSegment = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
