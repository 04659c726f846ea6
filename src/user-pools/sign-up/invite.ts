/** Users made by an administrator: a temporary password, and an invitation that carries it. AWS: API_AdminCreateUser. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Channel } from '../messages/channel.ts'
import { deliverCode } from '../messages/deliver.ts'
import { mayLackPassword } from '../passwords/first-factors.ts'
import { generatePassword } from '../passwords/generate.ts'
import { checkPassword } from '../passwords/policy.ts'
import { preparePassword, savePassword, setPassword, temporaryEnd } from '../passwords/set.ts'
import type { Pool } from '../pools/pool.ts'
import { checkAttributes } from '../pools/schema.ts'
import type { MessageCause } from '../triggers/messages.ts'
import { addUser, checkNamesFree } from '../users/attributes.ts'
import { checkVerifications, markUnverified, readAttributes, withValues } from '../users/change.ts'
import { moveStatus } from '../users/confirm.ts'
import { requireUser } from '../users/find.ts'
import { newUser, readUsername } from '../users/new-user.ts'
import type { User } from '../users/user.ts'
import { askBeforeInvitation } from './functions.ts'

type Asked = {
  readonly Username: string
  readonly UserAttributes?: readonly { Name: string; Value?: string | undefined }[] | undefined
  readonly TemporaryPassword?: string | undefined
  readonly ForceAliasCreation?: boolean | undefined
  readonly MessageAction?: 'RESEND' | 'SUPPRESS' | undefined
  readonly DesiredDeliveryMediums?: readonly ('SMS' | 'EMAIL')[] | undefined
  readonly ClientMetadata?: Readonly<Record<string, string>> | undefined
  readonly ValidationData?: readonly { Name: string; Value?: string | undefined }[] | undefined
}

/** Creates the user in FORCE_CHANGE_PASSWORD and invites them; without a password, where the pool allows it, CONFIRMED. */
export async function createInvited(world: World, pool: Pool, asked: Asked): Promise<User> {
  const attributes = readUsername(pool, asked.Username, readAttributes(asked.UserAttributes))
  checkAttributes(pool, attributes, 'admin-create')
  checkVerifications(attributes, {})
  const given = asked.TemporaryPassword || undefined
  if (given) checkPassword(pool, given)
  const password = given ?? (mayLackPassword(pool) ? undefined : generatePassword(pool, world.random))
  const user = newUser(
    world,
    pool,
    asked.Username,
    markUnverified(withValues(attributes)),
    // unproved: the status of a user without a password; AWS's pages do not say.
    password ? 'FORCE_CHANGE_PASSWORD' : 'CONFIRMED',
  )
  const invited = password && asked.MessageAction !== 'SUPPRESS' ? addressesOf(user, asked) : []
  await checkNamesFree(world.db, pool, user, exists)
  await askBeforeInvitation(world, pool, user, asked)
  const prepared = password ? await preparePassword(world, pool, user, password) : undefined
  await world.db.transaction(async (db) => {
    await addUser(db, pool, user, { exists, force: asked.ForceAliasCreation, now: user.createdAt })
    if (prepared) await savePassword(db, pool, user.sub, prepared, { temporary: true, now: user.createdAt })
  })
  for (const to of invited)
    await deliverCode(world, pool, called(user, asked), 'invitation', password ?? '', to, causeOf(asked))
  return user
}

const exists = 'User account already exists'

/** In pools that sign in by address, the invitation names the address, not the sub. */
const called = (user: User, asked: Asked) => ({
  ...user,
  username: user.username === user.sub ? asked.Username : user.username,
})

const causeOf = ({ ClientMetadata: clientMetadata }: Asked): MessageCause => ({
  reason: 'AdminCreateUser',
  operation: 'AdminCreateUser',
  clientMetadata,
})

/** A new temporary password with its whole life before it, and the invitation once more. */
export async function inviteAgain(world: World, pool: Pool, asked: Asked): Promise<User> {
  const user = await requireUser(world, pool, asked.Username)
  const refuseStatus = () =>
    fail('UnsupportedUserStateException', `Resend not possible. ${asked.Username} status is not FORCE_CHANGE_PASSWORD`)
  if (user.status !== 'FORCE_CHANGE_PASSWORD') refuseStatus()
  if (asked.TemporaryPassword) checkPassword(pool, asked.TemporaryPassword)
  const password = asked.TemporaryPassword || generatePassword(pool, world.random)
  const invited = addressesOf(user, asked)
  await setPassword(world, pool, user, password, {
    temporary: true,
    // Who has chosen a password of their own meanwhile keeps it.
    async also(db) {
      const waits = ['FORCE_CHANGE_PASSWORD'] as const
      if (!(await moveStatus(db, pool.id, user.sub, waits, 'FORCE_CHANGE_PASSWORD', world.now()))) refuseStatus()
    },
  })
  for (const to of invited)
    await deliverCode(world, pool, called(user, asked), 'invitation', password, to, causeOf(asked))
  const now = world.now()
  return { ...user, modifiedAt: now, temporaryUntil: temporaryEnd(pool, now), hasPassword: true, passwordSetAt: now }
}

const channelOf = { SMS: 'phone_number', EMAIL: 'email' } as const

/**
 * Where the invitation goes: AWS's default is SMS, and a user without a phone number then gets none.
 * unproved: the sentence when the mediums that were asked for lead nowhere.
 */
function addressesOf(user: User, { DesiredDeliveryMediums: mediums }: Asked): { channel: Channel; address: string }[] {
  const addresses = [...new Set(mediums?.length ? mediums : (['SMS'] as const))].flatMap((medium) => {
    const channel = channelOf[medium]
    const address = user.attributes[channel]
    return address ? [{ channel, address }] : []
  })
  if (mediums?.length && addresses.length === 0)
    fail('InvalidParameterException', 'The user has no attribute for the desired delivery mediums.')
  return addresses
}
