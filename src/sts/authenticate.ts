/** Who signed a call to a JSON or Query service. */
import { hash } from 'node:crypto'
import { noteUse } from '../iam/access-keys/last-used.ts'
import type { Caller } from '../wire/caller.ts'
import type { Authenticate } from '../wire/service.ts'
import { authenticate } from '../wire/sigv4.ts'
import { phrase } from '../wire/sigv4-refusals.ts'
import type { World } from '../world.ts'
import { findCredentials } from './credentials.ts'
import { isOwnSession } from './doors.ts'

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
    const { caller } = proof.found
    if (service === 'iam' && keptFromIam(caller)) throw phrase({ kind: 'bad-token', token: '' }, style)
    await noteUse(world, caller, proof.region, service)
    return { caller, region: proof.region }
  }

/** IAM does not take credentials of GetSessionToken (without MFA) and GetFederationToken. AWS: IAM User Guide, "Compare STS credentials". */
const keptFromIam = (caller: Caller) => isOwnSession(caller) && caller.mfaAt === undefined
