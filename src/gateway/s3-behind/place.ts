/** Where a bucket and a key stand on a server behind the gateway. */
import type { UpstreamServer } from '../../world.ts'

/** Whether requests for both go to one server, with the same rights there. */
export const isSameServer = (one: UpstreamServer | undefined, other: UpstreamServer | undefined): boolean =>
  one !== undefined && other !== undefined && identityOf(one) === identityOf(other)

/** What tells servers apart: the row of a bucket says more than that. */
export const identityOf = ({ endpoint, region, keys }: UpstreamServer): string =>
  JSON.stringify([endpoint, region, keys?.accessKeyId])

/** Where the bucket stands: before the host, or first in the path. `path` begins with a slash. */
export const placeOf = (
  server: UpstreamServer,
  bucket: string,
  path: string,
): { readonly path: string; readonly subdomain?: string } =>
  server.style === 'virtual' ? { path, subdomain: `${bucket}.` } : { path: `/${bucket}${path === '/' ? '' : path}` }

/** RFC 3986 2.3, slashes kept: the form that signatures are over. */
export const encodeKey = (key: string): string => key.split('/').map(encodeSegment).join('/')

/** RFC 3986 2.3: everything else is percent-encoded. */
export const encodeSegment = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
