/** Whose an access key is: the root keys of the settings, and temporary ones, which prove themselves by their token. */

import { currentDocuments, currentRole } from '../iam/roles/find.ts'
import type { Caller } from '../wire/caller.ts'
import type { Found } from '../wire/sigv4.ts'
import type { World } from '../world.ts'
import { callerOf } from './sessions.ts'
import { openSession } from './token.ts'

/**
 * The secret and the owner of an access key; for signature checks. The owner comes with the policies in force now, so that an
 * edited policy, an edited tag and a deleted role count from the next request on.
 */
export async function findCredentials(
  world: Pick<World, 'db' | 'now' | 'rootKeys' | 'seal' | 'settings'>,
  accessKeyId: string,
  sessionToken?: string,
): Promise<Found<Caller>> {
  const rootSecret = world.rootKeys.get(accessKeyId)
  if (rootSecret !== undefined) {
    return sessionToken === undefined
      ? { secret: rootSecret, caller: rootCaller(world, accessKeyId) }
      : { refusal: 'bad-token' }
  }
  if (sessionToken === undefined) return { refusal: 'unknown-key' }
  const session = openSession(world.seal, accessKeyId, sessionToken)
  if (!session) return { refusal: 'bad-token' }
  if (session.expiresAt <= world.now()) return { refusal: 'expired-token' }
  const role = session.role
    ? await currentRole(world, session.role.id)
    : { tags: [], policies: [], boundary: undefined }
  if (!role) return { refusal: 'bad-token' }
  const managed = session.managed ? await currentDocuments(world, session.managed) : []
  return { secret: session.secret, caller: callerOf(world, accessKeyId, session, { ...role, managed }) }
}

const rootCaller = ({ settings: { account } }: Pick<World, 'settings'>, accessKeyId: string): Caller => ({
  kind: 'root',
  account,
  arn: `arn:aws:iam::${account}:root`,
  userId: account,
  accessKeyId,
  context: {},
})
