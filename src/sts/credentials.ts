/** Whose an access key is: the root keys of the settings, those of IAM's users, and temporary ones, which prove themselves by their token. */

import { findAccessKey, findKeyOwner } from '../iam/access-keys/find.ts'
import { delegationStands } from '../iam/delegation-requests/find.ts'
import { isEnabled } from '../iam/organizations-features/features.ts'
import { currentDocuments, currentRole } from '../iam/roles/find.ts'
import { rootArn } from '../iam/root-user/root.ts'
import { rootTask } from '../iam/root-user/tasks.ts'
import { tagKeys } from '../iam/tags.ts'
import type { Caller } from '../wire/caller.ts'
import type { Found } from '../wire/sigv4.ts'
import type { World } from '../world.ts'
import { type Current, callerOf } from './sessions.ts'
import { signInsLive } from './sign-ins.ts'
import { openSession, type Session } from './token.ts'

type Asking = Parameters<typeof signInsLive>[0]

/**
 * The secret and the owner of an access key; for signature checks. The owner comes with the policies in force now, so that an
 * edited policy, an edited tag and a deleted role count from the next request on.
 */
export async function findCredentials(
  world: Asking,
  accessKeyId: string,
  sessionToken?: string,
): Promise<Found<Caller>> {
  const rootSecret = world.rootKeys.get(accessKeyId)
  if (rootSecret !== undefined) {
    return sessionToken === undefined
      ? { secret: rootSecret, caller: rootCaller(world, accessKeyId) }
      : { refusal: 'bad-token' }
  }
  if (sessionToken === undefined) return findLongTerm(world, accessKeyId)
  const session = openSession(world.seal, accessKeyId, sessionToken)
  if (!session) return { refusal: 'bad-token' }
  if (session.expiresAt <= world.now()) return { refusal: 'expired-token' }
  const current = await currentRights(world, session)
  if (!current) return { refusal: 'bad-token' }
  if (session.signIns && !(await signInsLive(world, session.signIns))) return { refusal: 'bad-token' }
  return { secret: session.secret, caller: callerOf(world, accessKeyId, session, current) }
}

/** A user of IAM with a key of its own. Who knows no token must not be told that a key is there but inactive. */
async function findLongTerm(world: Asking, accessKeyId: string): Promise<Found<Caller>> {
  const key = await findAccessKey(world, accessKeyId)
  if (!key?.active) return { refusal: 'unknown-key' }
  const { arn, id, tags, policies, boundary } = key.user
  return {
    secret: key.secret,
    caller: {
      kind: 'user',
      account: world.settings.account,
      arn,
      userId: id,
      accessKeyId,
      identityPolicies: policies,
      boundary,
      context: tagKeys('aws:PrincipalTag', tags),
    },
  }
}

/** What the holder of the session may do now; undefined once the role, the user or what the session rests on is gone. */
async function currentRights(world: Asking, session: Session): Promise<Current | undefined> {
  const { task, delegation } = session
  if (task !== undefined && !(await isTaskOpen(world, task))) return undefined
  if (delegation && !(await delegationStands(world, delegation))) return undefined
  const managed = session.managed ? await currentDocuments(world, session.managed) : []
  if (session.role) {
    const role = await currentRole(world, session.role.id)
    return role && { ...role, managed }
  }
  if (!session.user) return { tags: [], policies: [], managed }
  const user = await findKeyOwner(world, session.user.id)
  return user && { ...user, user, managed }
}

/** A privileged session ends when its feature is turned off. */
const isTaskOpen = async (world: Asking, name: string): Promise<boolean> => {
  const task = rootTask(name)
  return task !== undefined && isEnabled(world, task.feature)
}

const rootCaller = ({ settings }: Pick<World, 'settings'>, accessKeyId: string): Caller => ({
  kind: 'root',
  account: settings.account,
  arn: rootArn(settings),
  userId: settings.account,
  accessKeyId,
  context: {},
})
