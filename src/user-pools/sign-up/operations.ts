/**
 * How users come to be: by themselves with a code, or by an administrator with an invitation.
 * Owns no table; never signs anybody in. AWS: API reference, SignUp, ConfirmSignUp, ResendConfirmationCode,
 * AdminConfirmSignUp, AdminCreateUser; Developer Guide, "Signing up and confirming user accounts".
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { writable } from '../clients/permissions.ts'
import { issueCode, issueNothing } from '../codes/code.ts'
import { countAttempt } from '../codes/limits.ts'
import { admin, client, operation } from '../doors.ts'
import { deliverCode, describeDelivery } from '../messages/deliver.ts'
import { quietly } from '../messages/quietly.ts'
import { simulateDelivery } from '../messages/simulate.ts'
import { mayLackPassword } from '../passwords/first-factors.ts'
import { checkPassword } from '../passwords/policy.ts'
import { preparePassword, savePassword } from '../passwords/set.ts'
import { simulatedSub } from '../passwords/srp.ts'
import { aliasesOf } from '../pools/identifiers.ts'
import type { Pool } from '../pools/pool.ts'
import { checkAttributes } from '../pools/schema.ts'
import { watchActivity } from '../risk/activity.ts'
import { refuseCompromised } from '../risk/compromised.ts'
import { sessionOfConfirmation, sessionOfSignUp } from '../sign-in/after-sign-up.ts'
import type { MessageCause } from '../triggers/messages.ts'
import { addUser, checkNamesFree } from '../users/attributes.ts'
import { markUnverified, readAttributes, withValues } from '../users/change.ts'
import { hidesUsers, refuseUnknown } from '../users/existence.ts'
import { findUser, requireUser } from '../users/find.ts'
import { newUser, readUsername } from '../users/new-user.ts'
import type { User } from '../users/user.ts'
import { describeUser } from '../users/user.ts'
import { signUpAddress } from './channel.ts'
import { confirm, confirmByCode, refuseStatus } from './confirm.ts'
import { askBeforeSignUp, tellConfirmed } from './functions.ts'
import { createInvited, inviteAgain } from './invite.ts'

export const SignUp = operation('SignUp', client, async (input, context) => {
  const { world, pool, client } = context
  const activity = await watchActivity(context, context, 'SignUp', input)
  if (pool.settings.AdminCreateUserConfig.AllowAdminCreateUserOnly)
    fail('NotAuthorizedException', 'SignUp is not permitted for this user pool')
  const asked = readAttributes(input.UserAttributes)
  if (!Object.keys(asked).every((name) => writable(pool, client, name)))
    fail('NotAuthorizedException', 'A client attempted to write unauthorized attribute')
  const named = readUsername(pool, input.Username, asked)
  // The sentence is that of reports.
  if (asked['preferred_username'] && aliasesOf(pool).includes('preferred_username'))
    fail(
      'InvalidParameterException',
      'Preferred username cannot be provided for unconfirmed account, since user pool is configured for preferred username alias.',
    )
  checkAttributes(pool, named, 'create')
  const { Password: password } = input
  if (password) checkPassword(pool, password)
  else if (!mayLackPassword(pool)) refusePasswordless()
  const stolen = password !== undefined && (await refuseCompromised(world, pool, client.id, password, 'SIGN_UP'))

  const given = withValues(named)
  const wanted = newUser(world, pool, input.Username, given, 'UNCONFIRMED')
  await checkNamesFree(world.db, pool, wanted, exists)
  const shown = { username: wanted.username, attributes: given }
  const { confirmed, verified } = await askBeforeSignUp(world, pool, shown, client.id, input)
  const status = confirmed ? 'CONFIRMED' : 'UNCONFIRMED'
  const user: User = { ...wanted, status, attributes: markUnverified({ ...wanted.attributes, ...verified }) }
  const prepared = password ? await preparePassword(world, pool, user, password) : undefined
  await world.db.transaction(async (db) => {
    // An alias that a function verifies moves to the new user. AWS: "Pre sign-up Lambda trigger".
    await addUser(db, pool, user, { exists, force: Object.keys(verified).length > 0, now: user.createdAt })
    if (prepared) await savePassword(db, pool, user.sub, prepared, { status, temporary: false, now: user.createdAt })
  })
  activity.note(user, confirmed ? 'Pass' : 'InProgress', stolen)
  const { ClientMetadata } = input
  if (confirmed) {
    const by = { operation: 'SignUp', clientId: client.id, ClientMetadata } as const
    await tellConfirmed(world, pool, user.sub, 'PostConfirmation_ConfirmSignUp', by)
    // unproved: that a user who is confirmed at once gets no code for an address that is not verified.
    return { UserConfirmed: true, UserSub: user.sub }
  }
  const address = signUpAddress(pool, user)
  const cause: MessageCause = {
    reason: 'SignUp',
    operation: 'SignUp',
    clientId: client.id,
    clientMetadata: ClientMetadata,
  }
  return {
    UserConfirmed: false,
    UserSub: user.sub,
    ...(address && sessionOfSignUp({ world, pool, client }, user.sub)),
    ...(address && { CodeDeliveryDetails: await sendSignUpCode(world, pool, user, address, cause) }),
  }
})

const exists = 'User already exists'

/** unproved: in the words of AWS's validator. */
const refusePasswordless = () =>
  fail(
    'InvalidParameterException',
    "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
  )

type Address = NonNullable<ReturnType<typeof signUpAddress>>

async function sendSignUpCode(world: World, pool: Pool, user: User, to: Address, cause: MessageCause) {
  const code = await issueCode(world, pool, user, 'sign-up', { channel: to.channel, address: to.address })
  return deliverCode(world, pool, user, 'verification', code, to, cause)
}

export const ConfirmSignUp = operation('ConfirmSignUp', client, async (input, { world, pool, client }) => {
  const { sub, channel } = await confirmByCode(world, pool, client, input)
  return { ...sessionOfConfirmation({ world, pool, client }, sub, input.Session, channel) }
})

export const AdminConfirmSignUp = operation('AdminConfirmSignUp', admin, async (input, { world, pool }) => {
  const { Username, ClientMetadata } = input
  const user = await requireUser(world, pool, Username)
  if (user.status !== 'UNCONFIRMED') refuseStatus(user)
  await confirm(world.db, pool, user.sub, world.now())
  const by = { operation: 'AdminConfirmSignUp', ClientMetadata } as const
  await tellConfirmed(world, pool, user.sub, 'PostConfirmation_ConfirmSignUp', by)
  return {}
})

export const ResendConfirmationCode = operation('ResendConfirmationCode', client, async (input, context) => {
  const { Username, ClientMetadata } = input
  const { world, pool, client } = context
  const activity = await watchActivity(context, context, 'ResendCode', input)
  const [channel] = pool.settings.AutoVerifiedAttributes ?? []
  if (!channel) return fail('NotAuthorizedException', 'Cannot resend codes. Auto verification not turned on.')
  const hide = hidesUsers(client)
  const user = await findUser(world, pool, Username)
  const address = user?.enabled && signUpAddress(pool, user)
  if (!address && hide && (!user?.enabled || user.status === 'UNCONFIRMED')) {
    const sub = simulatedSub(world, pool, Username)
    await countAttempt(world, pool, { sub }, 'ResendConfirmationCode')
    await issueNothing(world, pool, { sub }, 'sign-up')
    return { CodeDeliveryDetails: simulateDelivery(world, pool, Username, sub, channel) }
  }
  if (!user) return refuseUnknown()
  await countAttempt(world, pool, user, 'ResendConfirmationCode')
  if (!user.enabled) fail('NotAuthorizedException', 'User is disabled.')
  if (user.status !== 'UNCONFIRMED') fail('InvalidParameterException', 'User is already confirmed.')
  // unproved: AWS's sentence for a user without the attribute that the pool verifies.
  if (!address) return fail('InvalidParameterException', 'User has no attribute to send a code to.')
  const cause: MessageCause = {
    reason: 'ResendCode',
    operation: 'ResendConfirmationCode',
    clientId: client.id,
    clientMetadata: ClientMetadata,
  }
  activity.note(user, 'Pass')
  if (!hide) return { CodeDeliveryDetails: await sendSignUpCode(world, pool, user, address, cause) }
  const code = await issueCode(world, pool, user, 'sign-up', { ...address })
  quietly(world, deliverCode(world, pool, user, 'verification', code, address, cause))
  return { CodeDeliveryDetails: describeDelivery(address.channel, address.address) }
})

export const AdminCreateUser = operation('AdminCreateUser', admin, async (input, { world, pool }) => ({
  User: describeUser(
    input.MessageAction === 'RESEND' ? await inviteAgain(world, pool, input) : await createInvited(world, pool, input),
  ),
}))

export const operations = [SignUp, ConfirmSignUp, AdminConfirmSignUp, ResendConfirmationCode, AdminCreateUser]
