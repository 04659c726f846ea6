/**
 * Users as they are and what they say of themselves: reading, listing, changing, verifying, disabling, deleting.
 * Owns the tables users, identifiers and user_index; never touches a password, a token or a group.
 * AWS: API reference, AdminGetUser, GetUser, ListUsers, UpdateUserAttributes and their neighbours.
 */

import { fail } from '../../wire/errors.ts'
import type { Context } from '../../wire/operation.ts'
import { clientInPool } from '../clients/find.ts'
import { readable, writable } from '../clients/permissions.ts'
import { consumeCode, payloadOf, refuseExpired } from '../codes/code.ts'
import { countAttempt } from '../codes/limits.ts'
import { admin, operation, user } from '../doors.ts'
import { noteSignOut } from '../logout-notices/notify.ts'
import type { Channel } from '../messages/channel.ts'
import { describeMfa } from '../mfa/preferences.ts'
import type { Pool } from '../pools/pool.ts'
import type { MessageCause } from '../triggers/messages.ts'
import { writeAttributes } from './attributes.ts'
import { type Attributes, changeAttributes, channels, readAttributes, sendVerification } from './change.ts'
import { requireUser } from './find.ts'
import { listUsers } from './list.ts'
import { deleteUser, signOut, updateUser } from './store.ts'
import { attributeList, describeUser, type User } from './user.ts'

export const AdminGetUser = operation('AdminGetUser', admin, async ({ Username }, { world, pool }) => {
  const found = await requireUser(world, pool, Username)
  const { Attributes: UserAttributes, ...described } = describeUser(found)
  return { ...described, UserAttributes, ...(await describeMfa(world, pool, found)) }
})

export const GetUser = operation('GetUser', user, async (_, { world, pool, user, token }) => {
  const client = await clientInPool(world, pool, token.session.clientId)
  return {
    Username: user.username,
    UserAttributes: attributeList(user.attributes).filter(({ Name }) => readable(pool, client, Name)),
    ...(await describeMfa(world, pool, user)),
  }
})

export const ListUsers = operation('ListUsers', admin, (input, { world, pool }) => listUsers(world, pool, input))

export const AdminUpdateUserAttributes = operation(
  'AdminUpdateUserAttributes',
  admin,
  async ({ Username, UserAttributes, ClientMetadata }, { world, pool }) => {
    const found = await requireUser(world, pool, Username)
    await changeAttributes(world, pool, found, readAttributes(UserAttributes), 'admin-update', {
      reason: 'UpdateUserAttribute',
      operation: 'AdminUpdateUserAttributes',
      clientMetadata: ClientMetadata,
    })
    return {}
  },
)

export const UpdateUserAttributes = operation('UpdateUserAttributes', user, async (input, call) => ({
  CodeDeliveryDetailsList: await changeOwn(call, readAttributes(input.UserAttributes), input.ClientMetadata),
}))

export const AdminDeleteUserAttributes = operation(
  'AdminDeleteUserAttributes',
  admin,
  async ({ Username, UserAttributeNames }, { world, pool }) => {
    const found = await requireUser(world, pool, Username)
    await changeAttributes(world, pool, found, emptied(UserAttributeNames), 'admin-update', {
      reason: 'UpdateUserAttribute',
      operation: 'AdminUpdateUserAttributes',
    })
    return {}
  },
)

export const DeleteUserAttributes = operation('DeleteUserAttributes', user, async ({ UserAttributeNames }, call) => {
  await changeOwn(call, emptied(UserAttributeNames))
  return {}
})

/** A change by the user, within what their client may write. */
async function changeOwn(
  call: Context & OwnCall,
  asked: Attributes,
  clientMetadata?: Readonly<Record<string, string>>,
) {
  const { world, pool, user, token } = call
  const client = await clientInPool(world, pool, token.session.clientId)
  if (!Object.keys(asked).every((name) => writable(pool, client, name)))
    fail('NotAuthorizedException', 'A client attempted to write unauthorized attribute')
  return changeAttributes(world, pool, user, asked, 'update', {
    reason: 'UpdateUserAttribute',
    operation: 'UpdateUserAttributes',
    clientId: client.id,
    clientMetadata,
  })
}

type OwnCall = { pool: Pool; user: User; token: { session: { clientId: string } } }

const emptied = (names: readonly string[]): Attributes => Object.fromEntries(names.map((name) => [name, '']))

export const GetUserAttributeVerificationCode = operation(
  'GetUserAttributeVerificationCode',
  user,
  async ({ AttributeName, ClientMetadata }, { world, pool, user, token }) => {
    const channel = readChannel(AttributeName)
    await countAttempt(world, pool, user, 'GetUserAttributeVerificationCode')
    // A value that waits for its code gets a new one; otherwise the present value does.
    const waiting = await payloadOf(world, pool, user, `verify-${channel}`)
    const pending = waiting?.['pending'] === 'true'
    const address = pending ? waiting?.['address'] : user.attributes[channel]
    // unproved: AWS's sentence.
    if (!address) return fail('InvalidParameterException', `User does not have ${channel} to verify.`)
    const cause: MessageCause = {
      reason: 'VerifyUserAttribute',
      operation: 'GetUserAttributeVerificationCode',
      clientId: token.session.clientId,
      clientMetadata: ClientMetadata,
    }
    return { CodeDeliveryDetails: await sendVerification(world, pool, user, { channel, address }, pending, cause) }
  },
)

export const VerifyUserAttribute = operation(
  'VerifyUserAttribute',
  user,
  async ({ AttributeName, Code }, { world, pool, user }) => {
    const channel = readChannel(AttributeName)
    await countAttempt(world, pool, user, 'VerifyUserAttribute')
    await consumeCode(world, pool, user, `verify-${channel}`, Code, async (db, { address = '', pending }) => {
      await writeAttributes(
        db,
        pool,
        user.sub,
        (present) => {
          // A code proves the address it went to, not one that took its place meanwhile.
          if (pending !== 'true' && present.attributes[channel] !== address) refuseExpired()
          return { [channel]: address, [`${channel}_verified`]: 'true' }
        },
        { now: world.now() },
      )
    })
    return {}
  },
)

const readChannel = (name: string): Channel =>
  channels.find((channel) => channel === name) ??
  fail('InvalidParameterException', 'Invalid attribute name. Only phone_number and email can be verified.')

/** Tokens die with the permission: API_AdminDisableUser. */
export const AdminDisableUser = operation('AdminDisableUser', admin, async ({ Username }, { world, pool }) => {
  const { sub } = await requireUser(world, pool, Username)
  await noteSignOut(world, pool, sub)
  await world.db.transaction(async (db) => {
    await updateUser(db, pool.id, sub, { enabled: false, modifiedAt: world.now() })
    await signOut(db, pool.id, [sub])
  })
  return {}
})

export const AdminEnableUser = operation('AdminEnableUser', admin, async ({ Username }, { world, pool }) => {
  const { sub } = await requireUser(world, pool, Username)
  await updateUser(world.db, pool.id, sub, { enabled: true, modifiedAt: world.now() })
  return {}
})

export const AdminDeleteUser = operation('AdminDeleteUser', admin, async ({ Username }, { world, pool }) => {
  const { sub } = await requireUser(world, pool, Username)
  await noteSignOut(world, pool, sub)
  await deleteUser(world.db, pool.id, sub)
})

export const DeleteUser = operation('DeleteUser', user, async (_, { world, pool, user }) => {
  await noteSignOut(world, pool, user.sub)
  await deleteUser(world.db, pool.id, user.sub)
})

export const operations = [
  AdminGetUser,
  GetUser,
  ListUsers,
  AdminUpdateUserAttributes,
  UpdateUserAttributes,
  AdminDeleteUserAttributes,
  DeleteUserAttributes,
  GetUserAttributeVerificationCode,
  VerifyUserAttribute,
  AdminDisableUser,
  AdminEnableUser,
  AdminDeleteUser,
  DeleteUser,
]
