/**
 * The passwords of IAM's users.
 *
 * Owns table login_profiles. There is no console to sign in to: the record, its policy and its rules are what there is.
 * AWS: IAM API Reference.
 */
import { AwsError, fail } from '../../wire/errors.ts'
import { type Context, type Door, type Operation, operationsOf } from '../../wire/operation.ts'
import { passwordPolicyOf } from '../account/find.ts'
import { authorize, decide } from '../authorize.ts'
import { ownName, user, userOrRoot } from '../users/doors.ts'
import { findUser, noSuchUser } from '../users/find.ts'
import { type User, userArn } from '../users/user.ts'
import { changeOwnPassword, changeProfile, createProfile, deleteProfile, requireProfile } from './changes.ts'
import type { LoginProfile } from './profile.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

/** There is no console for root to sign in to. */
const noRootPassword = (): never => fail('NoSuchEntityException', 'Login Profile for the root user cannot be found.')

const refuseRootPassword = (): never =>
  fail('AccessDenied', 'The root user of this server has access keys only: it gets no password.', { status: 403 })

const describe = (user: User, { createdAt, resetRequired }: LoginProfile) => ({
  UserName: user.name,
  CreateDate: new Date(createdAt),
  PasswordResetRequired: resetRequired,
})

export const CreateLoginProfile = operation('CreateLoginProfile', userOrRoot, async (input, { world, user }) => {
  if (!user) return refuseRootPassword()
  const made = await createProfile(world, user, input.Password, input.PasswordResetRequired ?? false)
  return { LoginProfile: describe(user, made) }
})

export const GetLoginProfile = operation('GetLoginProfile', userOrRoot, async (_, { world, user }) =>
  user ? { LoginProfile: describe(user, await requireProfile(world, user)) } : noRootPassword(),
)

export const UpdateLoginProfile = operation('UpdateLoginProfile', user, async (input, { world, user }) => {
  await changeProfile(world, user, await requireProfile(world, user), {
    ...(input.Password !== undefined && { password: input.Password }),
    ...(input.PasswordResetRequired !== undefined && { resetRequired: input.PasswordResetRequired }),
  })
  return undefined
})

export const DeleteLoginProfile = operation('DeleteLoginProfile', userOrRoot, (_, { world, user }) =>
  user ? deleteProfile(world, user) : noRootPassword(),
)

/** The caller, who must be a user; where the password policy lets users change their passwords, no other Allow is needed. */
const self: Door<object, { user: User }> = {
  signed: true,
  async admit(_, context: Context) {
    const { world, caller } = context
    const name = ownName(caller)
    if (name === undefined) {
      throw new AwsError('InvalidUserTypeException', 'Only users of IAM can change their password.')
    }
    const found = await findUser(world, name)
    const wanted = { action: 'iam:ChangePassword', resource: userArn(world.settings, found ?? { name, path: '/' }) }
    const { outcome } = await decide(world, caller, context, wanted)
    const policy = await passwordPolicyOf(world)
    // It is the users' own right: a session for what somebody else was given has it by policy only.
    const own = policy?.AllowUsersToChangePassword && !caller.sessionPolicies
    if (!(outcome === 'implicitDeny' && own)) await authorize(context, wanted)
    return { user: found ?? noSuchUser(name) }
  },
}

export const ChangePassword = operation('ChangePassword', self, ({ OldPassword, NewPassword }, { world, user }) =>
  changeOwnPassword(world, user, OldPassword, NewPassword),
)

export const operations: Operation[] = [
  ...[CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword],
]
