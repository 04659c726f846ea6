/** Who signed a call, or a form: the one place where signatures meet this world's keys, and where their use is noted. */
import { hash } from 'node:crypto'
import { noteUse } from '../iam/service-access/note.ts'
import type { Caller } from '../wire/caller.ts'
import type { Call } from '../wire/http.ts'
import type { Authenticate } from '../wire/service.ts'
import {
  type Authenticated,
  authenticate,
  type Expected,
  type Lookup,
  type PolicyFields,
  verifyPolicySignature,
} from '../wire/sigv4.ts'
import { phrase } from '../wire/sigv4-refusals.ts'
import type { World } from '../world.ts'
import { findCredentials } from './credentials.ts'
import { isOwnSession } from './doors.ts'

const lookupIn =
  (world: World): Lookup<Caller> =>
  (accessKeyId, token) =>
    findCredentials(world, accessKeyId, token)

/** The proof of a call's sender; undefined if nobody signed it. */
export async function proveCall(
  world: World,
  call: Call,
  expected: Omit<Expected<Caller>, 'lookup' | 'now'>,
  operation?: string,
): Promise<Authenticated<Caller> | undefined> {
  const proof = await authenticate(call, { ...expected, lookup: lookupIn(world), now: world.now() })
  if (proof) await noteUse(world, proof.found.caller, { service: proof.service, operation, region: proof.region })
  return proof
}

/** Who signed the policy of a form to S3. */
export async function proveForm(world: World, fields: PolicyFields): Promise<{ caller: Caller; region: string }> {
  const { found, region } = await verifyPolicySignature(fields, { lookup: lookupIn(world) })
  await noteUse(world, found.caller, { service: 's3', region })
  return { caller: found.caller, region }
}

/** The check of signatures over this world's keys. Refuses unsigned calls. The region is the caller's: pools live where they were made. */
export const authenticateWith =
  (world: World): Authenticate =>
  async (call, body, service, style, operation) => {
    const payloadHash = async () => hash('sha256', await body(), 'hex')
    const proof = await proveCall(world, call, { service, style, payloadHash }, operation)
    if (!proof) throw phrase({ kind: 'not-signed' }, style)
    const { caller } = proof.found
    if (service === 'iam' && keptFromIam(caller)) throw phrase({ kind: 'bad-token', token: '' }, style)
    return { caller, region: proof.region }
  }

/** IAM does not take credentials of GetSessionToken (without MFA) and GetFederationToken. AWS: IAM User Guide, "Compare STS credentials". */
const keptFromIam = (caller: Caller) => isOwnSession(caller) && caller.mfaAt === undefined
