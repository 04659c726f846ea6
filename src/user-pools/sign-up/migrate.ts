/** Users who come from elsewhere when they first show up: the UserMigration function knows them. AWS: "Migrate user Lambda trigger". */
import { AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { enableSms } from '../mfa/preferences.ts'
import { preparePassword, savePassword } from '../passwords/set.ts'
import type { Pool } from '../pools/pool.ts'
import { checkAttributes } from '../pools/schema.ts'
import { callTrigger } from '../triggers/call.ts'
import type { SourceOf, Text } from '../triggers/table.ts'
import { addUser } from '../users/attributes.ts'
import { checkVerifications, markUnverified, readAttributes, withValues } from '../users/change.ts'
import { findUser, userBySub } from '../users/find.ts'
import { newUser, readUsername } from '../users/new-user.ts'
import type { User } from '../users/user.ts'

export type Newcomer = {
  /** As typed. */
  readonly name: string
  /** In clear, as the function must check it; absent for ForgotPassword. */
  readonly password?: string
  readonly clientId: string
  readonly validationData?: Text | undefined
  readonly clientMetadata?: Text | undefined
}

/**
 * Asks the pool's function for a user nobody has here, and keeps whom it knows with the password they gave; undefined
 * where there is no function, or it knows nobody. The password policy is not asked: the password was good elsewhere.
 * unproved: no welcome message is sent, whatever `messageAction` says: AWS's carries a temporary password, and a user who
 * brings their own has none; so `desiredDeliveryMediums` finds nothing to deliver. With `enableSMSMFA` a user without a
 * phone number is refused, as the guide says.
 */
export async function migrateUser(
  world: World,
  pool: Pool,
  source: SourceOf<'UserMigration'>,
  { name, password, clientId, validationData, clientMetadata }: Newcomer,
): Promise<User | undefined> {
  const answer = await callTrigger(world, pool, 'UserMigration', source, {
    userName: name,
    clientId,
    request: { password, validationData, clientMetadata },
  })
  if (!answer?.userAttributes) return undefined
  const given = readAttributes(
    Object.entries(answer.userAttributes)
      // The user's name and id elsewhere: here they are the one typed and a new one.
      .filter(([attribute]) => attribute !== 'username' && attribute !== 'sub')
      .map(([Name, Value]) => ({ Name, Value })),
  )
  const attributes = readUsername(pool, name, given)
  checkAttributes(pool, attributes, 'admin-create')
  checkVerifications(attributes, {})
  if (answer.enableSMSMFA && !attributes['phone_number']) {
    // unproved: the sentence.
    fail('InvalidParameterException', 'A user who is to use SMS MFA must have a phone number.')
  }
  const status = answer.finalUserStatus === 'CONFIRMED' ? 'CONFIRMED' : 'RESET_REQUIRED'
  const user = newUser(world, pool, name, markUnverified(withValues(attributes)), status)
  const prepared = password === undefined ? undefined : await preparePassword(world, pool, user, password)
  try {
    await world.db.transaction(async (db) => {
      await addUser(db, pool, user, { exists, force: answer.forceAliasCreation, now: user.createdAt })
      if (answer.enableSMSMFA) await enableSms(db, pool, user.sub)
      if (prepared) await savePassword(db, pool, user.sub, prepared, { status, temporary: false, now: user.createdAt })
    })
  } catch (error) {
    // Another request of the same user was faster.
    const made = error instanceof AwsError && error.code === 'UsernameExistsException'
    return (made ? await findUser(world, pool, name) : undefined) ?? Promise.reject(error)
  }
  return (await userBySub(world, pool, user.sub)) ?? fail('UserNotFoundException', 'User does not exist.')
}

const exists = 'User already exists'
