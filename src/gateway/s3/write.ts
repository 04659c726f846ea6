/** Writing an object from inside the server, with nobody asking: for what the server itself leaves in a bucket. */
import { Readable } from 'node:stream'
import type { World } from '../../world.ts'
import { findBucket } from './buckets-store.ts'
import { store } from './commit.ts'
import { ownCause } from './events.ts'
import { receive } from './receive.ts'
import { noSuchBucket } from './refusals.ts'

/** Refuses a bucket that is not there. */
export async function writeObject(
  world: World,
  bucket: string,
  name: string,
  bytes: Buffer,
  contentType: string,
): Promise<void> {
  const found = (await findBucket(world.db, bucket)) ?? noSuchBucket(bucket)
  const incoming = {
    body: Readable.from([bytes]),
    length: bytes.length,
    claim: undefined,
    md5: undefined,
    trailers: new Map(),
  }
  const received = await receive(world, incoming, { inRow: true })
  const about = { headers: { 'content-type': contentType }, metadata: {}, checksums: {} }
  const doing = { event: 'ObjectCreated:Put', cause: ownCause(world) } as const
  await store(world, { bucket: found, name }, received, about, doing)
}
