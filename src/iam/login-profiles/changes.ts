/** Setting and changing the passwords of IAM's users, as the account's policy lets them. */
import { AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { passwordPolicyOf } from '../account/find.ts'
import { checkPassword } from '../account/password-policy.ts'
import { requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { loginProfileOf } from './find.ts'
import type { LoginProfile } from './profile.ts'
import { insertProfile, removeProfile, updateProfile } from './store.ts'

const noProfile = (user: User): never =>
  fail('NoSuchEntityException', `Login Profile for User ${user.name} cannot be found.`)

export const requireProfile = async (world: World, user: User): Promise<LoginProfile> =>
  (await loginProfileOf(world, user.id)) ?? noProfile(user)

export async function createProfile(
  world: World,
  user: User,
  password: string | undefined,
  resetRequired: boolean,
): Promise<LoginProfile> {
  // AWS takes a profile without a password for the root user only.
  if (password === undefined)
    fail('ValidationError', 'Must specify password when calling with non-AssumeRoot credentials')
  checkPassword(await passwordPolicyOf(world), password, user.name)
  const now = world.now()
  const hash = await world.slow.hashPassword(password)
  const made: LoginProfile = { userId: user.id, hash, former: [], resetRequired, createdAt: now, changedAt: now }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    await requireUser(db, account, user)
    if (!(await insertProfile(db, account, made))) {
      fail('EntityAlreadyExistsException', `Login Profile for user ${user.name} already exists.`)
    }
  })
  return made
}

/** Every change of a password counts against the reuse of old ones, also that by an administrator. */
export async function changeProfile(
  world: World,
  user: User,
  before: LoginProfile,
  { password, resetRequired = before.resetRequired }: { password?: string; resetRequired?: boolean },
): Promise<void> {
  const changed = password === undefined ? before : await withPassword(world, user, before, password)
  if (!(await updateProfile(world.db, world.settings.account, { ...changed, resetRequired }, before.hash))) {
    fail('EntityTemporarilyUnmodifiableException', `Login Profile for User ${user.name} is being changed.`)
  }
}

/** No policy can ask for more. */
const mostFormer = 24

async function withPassword(world: World, user: User, before: LoginProfile, password: string): Promise<LoginProfile> {
  const policy = await passwordPolicyOf(world)
  checkPassword(policy, password, user.name)
  const hashes = [before.hash, ...before.former]
  for (const hash of hashes.slice(0, policy?.PasswordReusePrevention ?? 0)) {
    if (await world.slow.verifyPassword(hash, password)) {
      fail('PasswordPolicyViolationException', 'Password has been used before')
    }
  }
  const hash = await world.slow.hashPassword(password)
  return { ...before, hash, former: hashes.slice(0, mostFormer), changedAt: world.now() }
}

export async function changeOwnPassword(world: World, user: User, before: string, after: string): Promise<void> {
  const profile = await requireProfile(world, user)
  if (!(await world.slow.verifyPassword(profile.hash, before))) {
    throw new AwsError('AccessDenied', 'The old password was incorrect.', { status: 403 })
  }
  await changeProfile(world, user, profile, { password: after, resetRequired: false })
}

export async function deleteProfile(world: World, user: User): Promise<void> {
  if (!(await removeProfile(world.db, world.settings.account, user.id))) noProfile(user)
}
