/**
 * Passwords set, changed, reset and recovered. Owns the tables passwords and former_passwords; never signs anybody in
 * and ends no session. AWS: API reference, ChangePassword, ForgotPassword, ConfirmForgotPassword, AdminSetUserPassword,
 * AdminResetUserPassword; Developer Guide, "Passwords, account recovery, and password policies".
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { issueCode, refuseExpired, tryCode } from '../codes/code.ts'
import { countAttempt } from '../codes/limits.ts'
import { admin, client, operation, user } from '../doors.ts'
import { deliverCode, describeDelivery } from '../messages/deliver.ts'
import { quietly } from '../messages/quietly.ts'
import type { Pool } from '../pools/pool.ts'
import { watchActivity } from '../risk/activity.ts'
import { refuseCompromised } from '../risk/compromised.ts'
import { tellConfirmed } from '../sign-up/functions.ts'
import { migrateUser } from '../sign-up/migrate.ts'
import { metadataFor } from '../triggers/metadata.ts'
import { writeAttributes } from '../users/attributes.ts'
import { moveStatus } from '../users/confirm.ts'
import { hidesUsers, refuseUnknown } from '../users/existence.ts'
import { findUser, requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { checkHistory } from './history.ts'
import { checkPassword } from './policy.ts'
import { sendNothing } from './recover-nobody.ts'
import { findRecovery, onlyAdministrators, refuseUnreachable } from './recovery.ts'
import { preparePassword, savePassword, setPassword } from './set.ts'
import { simulatedSub } from './srp.ts'
import { passwordFits } from './verify.ts'

export const AdminSetUserPassword = operation(
  'AdminSetUserPassword',
  admin,
  async ({ Username, Password, Permanent }, { world, pool }) => {
    const found = await requireUser(world, pool, Username)
    checkPassword(pool, Password)
    await checkHistory(world, pool, found.sub, Password)
    await setPassword(world, pool, found, Password, { temporary: !Permanent })
    return {}
  },
)

export const ChangePassword = operation(
  'ChangePassword',
  user,
  async ({ PreviousPassword, ProposedPassword }, context) => {
    const { world, pool, user } = context
    const clientId = context.token.session.clientId
    const activity = await watchActivity(context, { pool, clientId }, 'PasswordChange')
    if (user.status === 'EXTERNAL_PROVIDER') refuseOutsider()
    await countAttempt(world, pool, user, 'ChangePassword')
    checkPassword(pool, ProposedPassword)
    if (user.hasPassword) {
      // unproved: AWS's sentence for a previous password that is left out.
      if (!PreviousPassword) return fail('InvalidParameterException', 'Missing required parameter PreviousPassword')
      if (!(await passwordFits(world, pool, user, PreviousPassword))) {
        activity.note(user, 'Fail')
        fail('NotAuthorizedException', 'Incorrect username or password.')
      }
    }
    const stolen = await refuseCompromised(world, pool, clientId, ProposedPassword, 'PASSWORD_CHANGE')
    await checkHistory(world, pool, user.sub, ProposedPassword)
    await setPassword(world, pool, user, ProposedPassword, {
      temporary: false,
      // What an administrator has said of the password meanwhile outweighs the user's word.
      async also(db) {
        if (!(await moveStatus(db, pool.id, user.sub, changeable, 'CONFIRMED', world.now()))) refuseOutsider()
      },
    })
    activity.note(user, 'Pass', stolen)
    return {}
  },
)

/** The states in which users choose a password by themselves. */
const changeable: readonly User['status'][] = ['CONFIRMED', 'FORCE_CHANGE_PASSWORD']

/**
 * AWS: API_AdminSetUserPassword: until an administrator gives them a password, federated users have none to change; else
 * they could sign in here when their provider lets them in no more. unproved: the code and the sentence.
 */
const refuseOutsider = () => fail('NotAuthorizedException', 'User password cannot be changed in the current state.')

/** The states a user can recover from. */
const recoverable: readonly User['status'][] = ['CONFIRMED', 'RESET_REQUIRED']

/** The address a reset code may go to; where there is none, why, as clients of the old behaviour are told. */
async function recoverableAddress(world: World, pool: Pool, found: User | undefined) {
  if (!found) return { refuse: refuseUnknown }
  if (!found.enabled) return { refuse: () => fail('NotAuthorizedException', 'User is disabled.') }
  const to = await findRecovery(world, pool, found)
  if (recoverable.includes(found.status) && to) return { to }
  if (to || found.status === 'FORCE_CHANGE_PASSWORD' || found.status === 'EXTERNAL_PROVIDER')
    return { refuse: refuseState }
  return { refuse: refuseUnreachable }
}

const refuseState = () => fail('NotAuthorizedException', 'User password cannot be reset in the current state.')

const refuseSelfService = () => fail('NotAuthorizedException', 'Contact administrator to reset password.')

export const ForgotPassword = operation('ForgotPassword', client, async (input, context) => {
  const { Username, ClientMetadata } = input
  const { world, pool, client } = context
  const activity = await watchActivity(context, context, 'ForgotPassword', input)
  if (onlyAdministrators(pool)) refuseSelfService()
  const hide = hidesUsers(client)
  const found = (await findUser(world, pool, Username)) ?? (await migrate(world, pool, client, input))
  const { to, refuse } = await recoverableAddress(world, pool, found)
  if (!found || !to) {
    if (!hide) {
      if (found) await countAttempt(world, pool, found, 'ForgotPassword')
      return refuse?.()
    }
    return { CodeDeliveryDetails: await sendNothing(world, pool, Username) }
  }
  await countAttempt(world, pool, found, 'ForgotPassword')
  activity.note(found, 'InProgress')
  const code = await issueCode(world, pool, found, 'forgot-password', { ...to })
  const sending = deliverCode(world, pool, found, 'verification', code, to, {
    reason: 'ForgotPassword',
    operation: 'ForgotPassword',
    clientId: client.id,
    clientMetadata: ClientMetadata,
  })
  if (!hide) return { CodeDeliveryDetails: await sending }
  quietly(world, sending)
  return { CodeDeliveryDetails: describeDelivery(to.channel, to.address) }
})

/** A user whom only the pool's function knows yet. */
const migrate = (world: World, pool: Pool, { id: clientId }: Client, { Username: name, ClientMetadata }: Recovering) =>
  migrateUser(world, pool, 'UserMigration_ForgotPassword', {
    ...{ name, clientId },
    ...metadataFor('ForgotPassword', 'UserMigration', { ClientMetadata }),
  })

type Recovering = { Username: string; ClientMetadata?: Record<string, string> | undefined }

export const ConfirmForgotPassword = operation('ConfirmForgotPassword', client, async (input, context) => {
  const { Username, ConfirmationCode, Password, ClientMetadata } = input
  const { world, pool, client } = context
  const activity = await watchActivity(context, context, 'ForgotPassword', input)
  const found = await findUser(world, pool, Username)
  const { to, refuse } = await recoverableAddress(world, pool, found)
  if (!to && !hidesUsers(client)) refuse?.()
  const subject = found && to ? found : { sub: simulatedSub(world, pool, Username), username: Username }
  await countAttempt(world, pool, subject, 'ForgotPassword')
  checkPassword(pool, Password)
  const stolen = await refuseCompromised(world, pool, client.id, Password, 'PASSWORD_CHANGE')
  const take = await tryCode(world, pool, subject, 'forgot-password', ConfirmationCode)
  await checkHistory(world, pool, subject.sub, Password)
  const prepared = await preparePassword(world, pool, subject, Password)
  const now = world.now()
  await world.db.transaction(async (db) => {
    const { channel = '', address } = await take(db)
    if (!(await moveStatus(db, pool.id, subject.sub, recoverable, 'CONFIRMED', now))) refuseState()
    await savePassword(db, pool, subject.sub, prepared, { temporary: false, now })
    await writeAttributes(
      db,
      pool,
      subject.sub,
      // The code went to an address that is the user's no more, and so may have its reader.
      (present) => (present.attributes[channel] === address ? { [`${channel}_verified`]: 'true' } : refuseExpired()),
      { now },
    )
  })
  activity.note(found, 'Pass', stolen)
  const by = { operation: 'ConfirmForgotPassword', clientId: client.id, ClientMetadata } as const
  await tellConfirmed(world, pool, subject.sub, 'PostConfirmation_ConfirmForgotPassword', by)
  return {}
})

export const AdminResetUserPassword = operation(
  'AdminResetUserPassword',
  admin,
  async ({ Username, ClientMetadata }, { world, pool }) => {
    const found = await requireUser(world, pool, Username)
    // API_AdminResetUserPassword: the pool must let users recover by themselves.
    if (onlyAdministrators(pool)) refuseSelfService()
    const now = world.now()
    if (!(await moveStatus(world.db, pool.id, found.sub, recoverable, 'RESET_REQUIRED', now))) refuseState()
    const to = await findRecovery(world, pool, found)
    if (!to) return {}
    const code = await issueCode(world, pool, found, 'forgot-password', { ...to })
    await deliverCode(world, pool, { ...found, status: 'RESET_REQUIRED' }, 'verification', code, to, {
      reason: 'ForgotPassword',
      operation: 'AdminResetUserPassword',
      clientMetadata: ClientMetadata,
    })
    return {}
  },
)

export const operations = [
  AdminSetUserPassword,
  ChangePassword,
  ForgotPassword,
  ConfirmForgotPassword,
  AdminResetUserPassword,
]
