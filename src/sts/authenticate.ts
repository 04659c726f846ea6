/** Who signed a call to a JSON or Query service. */
import { hash } from 'node:crypto'
import type { Authenticate } from '../wire/service.ts'
import { authenticate } from '../wire/sigv4.ts'
import { phrase } from '../wire/sigv4-refusals.ts'
import type { World } from '../world.ts'
import { findCredentials } from './credentials.ts'

/** The check of signatures over this world's keys. Refuses unsigned calls. The region is the caller's: pools live where they were made. */
export const authenticateWith =
  (world: World): Authenticate =>
  async (call, body, service, style) => {
    const proof = await authenticate(call, {
      service,
      style,
      payloadHash: () => Promise.resolve(hash('sha256', body, 'hex')),
      lookup: (accessKeyId, token) => findCredentials(world, accessKeyId, token),
      now: world.now(),
    })
    if (!proof) throw phrase({ kind: 'not-signed' }, style)
    return { caller: proof.found.caller, region: proof.region }
  }
