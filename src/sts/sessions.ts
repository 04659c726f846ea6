/** Makes temporary credentials, and knows who the holder of a session is. */

import { temporaryKeyId } from '../iam/ids.ts'
import { type Role, roleArn, sessionArn } from '../iam/roles/role.ts'
import { rootArn } from '../iam/root-user/root.ts'
import { rootTask } from '../iam/root-user/tasks.ts'
import { sameKey, type Tag, tagKeys } from '../iam/tags.ts'
import type { Caller, PolicySource } from '../wire/caller.ts'
import type { World } from '../world.ts'
import { guestPolicies } from './guest-policies.ts'
import type { SessionPolicies } from './session-policies.ts'
import type { SignIn } from './sign-ins.ts'
import { type Session, sealSession } from './token.ts'

/** What every request for a session may say of its token: at least so many bytes. AWS: STS API Reference, MinimumSessionTokenSize. */
export type TokenRequest = { readonly MinimumSessionTokenSize?: number | undefined }

/** As the SDK's `Credentials`. */
export type Credentials = {
  readonly AccessKeyId: string
  readonly SecretAccessKey: string
  readonly SessionToken: string
  readonly Expiration: Date
}

export type RoleSession = {
  readonly role: Pick<Role, 'id' | 'name' | 'path'>
  readonly sessionName: string
  readonly durationSeconds: number
  readonly leastToken?: number | undefined
  /** `cognito-identity.amazonaws.com:sub` and their like. */
  readonly context?: Session['context']
  readonly provider?: string
  readonly sessionPolicies?: SessionPolicies | undefined
  /** Passed and inherited ones; the role's own are looked up at each request. */
  readonly tags?: readonly Tag[]
  readonly transitiveTags?: readonly string[]
  readonly sourceIdentity?: string | undefined
  /** Limits the session to what guests of an identity pool's enhanced flow may do. */
  readonly guest?: boolean
  /** The session ends with these, and with this. */
  readonly signIns?: readonly SignIn[]
  readonly delegation?: Session['delegation']
}

/** Credentials of a session of the role. Decides nothing: whether the role may be assumed was settled before. */
export function mintSession(
  world: World,
  wanted: RoleSession,
): Credentials & { readonly assumedRole: { readonly Arn: string; readonly AssumedRoleId: string } } {
  const { role, sessionName, sourceIdentity, tags = [], transitiveTags = [] } = wanted
  const { id, name, path } = role
  const session = {
    kind: 'role' as const,
    role: { id, name, path },
    name: sessionName,
    context: {
      ...tagKeys('aws:PrincipalTag', tags),
      ...wanted.context,
      ...(sourceIdentity !== undefined && { 'aws:SourceIdentity': sourceIdentity }),
    },
    ...(wanted.provider !== undefined && { provider: wanted.provider }),
    ...policiesIn(wanted.sessionPolicies),
    ...(transitiveTags.length > 0 && { transitiveTags }),
    ...(wanted.guest && { guest: true as const }),
    ...(wanted.signIns && { signIns: wanted.signIns }),
    ...(wanted.delegation && { delegation: wanted.delegation }),
  }
  const credentials = mint(world, wanted.durationSeconds, session, { leastToken: wanted.leastToken })
  const assumedRole = { Arn: sessionArn(world.settings, name, sessionName), AssumedRoleId: `${id}:${sessionName}` }
  return { ...credentials, assumedRole }
}

/** Credentials of a federated user, who may do what the policies allow; without policies, nothing. */
export function mintFederated(
  world: World,
  wanted: {
    name: string
    durationSeconds: number
    leastToken: number | undefined
    tags: readonly Tag[]
    policies: SessionPolicies | undefined
    /** The user of IAM who asks; root if absent. */
    by: Session['user'] | undefined
  },
): Credentials & { readonly federatedUser: { readonly Arn: string; readonly FederatedUserId: string } } {
  const { name, policies, by } = wanted
  const { account } = world.settings
  const session = {
    kind: 'federated' as const,
    name,
    ...(by && { user: by }),
    context: tagKeys('aws:PrincipalTag', wanted.tags),
    ...policiesIn(policies),
  }
  const credentials = mint(world, wanted.durationSeconds, session, { leastToken: wanted.leastToken })
  return { ...credentials, federatedUser: { Arn: federatedArn(account, name), FederatedUserId: `${account}:${name}` } }
}

export const federatedArn = (account: string, name: string) => `arn:aws:sts::${account}:federated-user/${name}`

const policiesIn = (policies: SessionPolicies | undefined): Pick<Session, 'policies' | 'managed'> => ({
  ...(policies && policies.documents.length > 0 && { policies: policies.documents }),
  ...(policies && policies.managed.length > 0 && { managed: policies.managed }),
})

/** Credentials for the session; only key, secret and times are made here. They count from `issuedAt`. */
export function mint(
  world: World,
  durationSeconds: number,
  session: Omit<Session, 'secret' | 'issuedAt' | 'expiresAt'>,
  { issuedAt = world.now(), leastToken }: { issuedAt?: number; leastToken?: number | undefined } = {},
): Credentials {
  const accessKeyId = temporaryKeyId(world)
  const secret = world.random(30).toString('base64')
  // Answers show whole seconds, and credentials must live as long as they say.
  const expiresAt = Math.ceil(issuedAt / 1000 + durationSeconds) * 1000
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secret,
    SessionToken: sealSession(world.seal, accessKeyId, { ...session, secret, issuedAt, expiresAt }, leastToken),
    Expiration: new Date(expiresAt),
  }
}

/** unproved: the most that AWS lets a token have, of which it tells the percentage. */
const largestToken = 4096

/** An answer with how large its token is. */
export const sized = <Answer extends { readonly Credentials: Credentials }>(answer: Answer) => {
  const { length } = answer.Credentials.SessionToken
  const SessionTokenUtilization = Math.min(100, Math.ceil((length / largestToken) * 100))
  return { ...answer, SessionTokenSize: length, SessionTokenUtilization }
}

/** Root's rights, where they must be written down. */
export const everything: PolicySource = {
  id: 'root',
  text: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
}

/** What is looked up at each request: the role's tags and policies, and the documents of managed session policies. */
export type Current = {
  readonly tags: readonly Tag[]
  readonly policies: readonly PolicySource[]
  readonly managed: readonly string[]
  /** The user of IAM whose session it is, or who made the federated user. */
  readonly user?: { readonly id: string; readonly arn: string }
  readonly boundary?: PolicySource | undefined
}

/** Who holds the session. */
export function callerOf(
  world: Pick<World, 'settings'>,
  accessKeyId: string,
  session: Session,
  current: Current,
): Caller {
  const { account } = world.settings
  const { role, name, provider, issuedAt, expiresAt } = session
  const limited = session.policies || session.managed || session.guest || session.task
  const policies = [
    ...(session.policies ?? []),
    ...current.managed,
    ...(session.guest ? guestPolicies : []),
    ...taskPolicies(session),
  ]
  const common = {
    account,
    accessKeyId,
    issuedAt,
    expiresAt,
    context: { ...tagKeys('aws:PrincipalTag', unshadowed(current.tags, session.context)), ...session.context },
    ...(provider !== undefined && { provider }),
    // An empty list limits too: all of the managed policies may be gone.
    ...(limited && { sessionPolicies: policies }),
    ...(session.transitiveTags && { transitiveTags: session.transitiveTags }),
    ...(session.mfaAt !== undefined && { mfaAt: session.mfaAt }),
    ...(session.signIns && { signIns: session.signIns }),
    ...(session.task !== undefined && { madeBy: 'AssumeRoot' as const }),
    ...(session.delegated && { madeBy: 'GetDelegatedAccessToken' as const }),
    ...(session.delegation && { delegation: session.delegation }),
  }
  if (role) {
    return {
      ...common,
      kind: 'role',
      arn: sessionArn(world.settings, role.name, name),
      userId: `${role.id}:${name}`,
      roleArn: roleArn(world.settings, role),
      roleId: role.id,
      identityPolicies: current.policies,
      boundary: current.boundary,
    }
  }
  const root = rootArn(world.settings)
  if (session.kind === 'root') return { ...common, kind: 'root', arn: root, userId: account }
  const rights = current.user
    ? { identityPolicies: current.policies, boundary: current.boundary }
    : { identityPolicies: [everything] }
  if (session.kind === 'user' && current.user) {
    return { ...common, ...rights, kind: 'user', arn: current.user.arn, userId: current.user.id }
  }
  return {
    ...common,
    ...rights,
    kind: 'federated',
    arn: federatedArn(account, name),
    userId: `${account}:${name}`,
    federatedBy: current.user?.arn ?? root,
  }
}

/** A task policy only denies: what it leaves is root's. One that nobody knows any more leaves nothing. */
function taskPolicies({ task }: Session): string[] {
  const document = task === undefined ? undefined : rootTask(task)?.document
  return document === undefined ? [] : [document, everything.text]
}

const principalTag = 'aws:principaltag/'

/** The role's tags but for those that the session has too, whatever the case of the key. */
function unshadowed(tags: readonly Tag[], context: Session['context']): Tag[] {
  const own = sessionTags(context)
  return tags.filter(({ Key }) => !own.some((tag) => sameKey(tag.Key, Key)))
}

/** The session tags among the keys of a session. */
export const sessionTags = (context: Session['context']): Tag[] =>
  Object.entries(context).flatMap(([key, Value]) =>
    key.toLowerCase().startsWith(principalTag) && typeof Value === 'string'
      ? [{ Key: key.slice(principalTag.length), Value }]
      : [],
  )
