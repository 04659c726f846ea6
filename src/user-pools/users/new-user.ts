/** A user before they exist: which Username is allowed, and what it becomes. AWS: "Customizing sign-in attributes". */

import { uuidOf } from '../../protocols/uuid.ts'
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { isEmail, isPhoneNumber } from '../pools/formats.ts'
import { aliasesOf, usernameIs } from '../pools/identifiers.ts'
import type { Pool } from '../pools/pool.ts'
import type { User, UserStatus } from './user.ts'
import { canonicalName } from './username.ts'

type Attributes = Readonly<Record<string, string>>

const refuseForm: Readonly<Record<Exclude<ReturnType<typeof usernameIs>, 'free'>, string>> = {
  email: 'Username should be an email.',
  phone: 'Username should be a phone number.',
  either: 'Username should be either an email or a phone number.',
}

/**
 * Refuses a Username that the pool's settings do not allow; answers the attributes, with the address the Username is in
 * pools that sign in by address.
 */
export function readUsername(pool: Pool, username: string, attributes: Attributes): Attributes {
  const form = usernameIs(pool)
  if (form === 'free') {
    const aliases = aliasesOf(pool)
    if (aliases.includes('email') && isEmail(username)) refuseAliasForm('email', 'email')
    if (aliases.includes('phone_number') && isPhoneNumber(username)) refuseAliasForm('phone number', 'phone_number')
    return attributes
  }
  const channel =
    form !== 'phone' && isEmail(username)
      ? 'email'
      : form !== 'email' && isPhoneNumber(username)
        ? 'phone_number'
        : undefined
  if (!channel) return fail('InvalidParameterException', refuseForm[form])
  const given = attributes[channel]
  // unproved: what AWS answers when Username and attribute disagree.
  if (given && canonicalName(pool, given) !== canonicalName(pool, username))
    fail('InvalidParameterException', `The ${channel} attribute must be the same as the username.`)
  return { ...attributes, [channel]: given || username }
}

const refuseAliasForm = (form: string, alias: string): never =>
  fail(
    'InvalidParameterException',
    `Username cannot be of ${form} format, since user pool is configured for ${alias} alias.`,
  )

/** Of somebody to whom nothing has happened yet. */
export const unused = (now: number) => ({
  createdAt: now,
  modifiedAt: now,
  signOuts: 0,
  temporaryUntil: undefined,
  hasPassword: false,
  passwordSetAt: 0,
})

/** The user as they will be stored; nothing is written. */
export function newUser(world: World, pool: Pool, username: string, attributes: Attributes, status: UserStatus): User {
  const sub = uuidOf(world.random(16))
  const now = world.now()
  return {
    poolId: pool.id,
    sub,
    username: usernameIs(pool) === 'free' ? canonicalName(pool, username) : sub,
    status,
    enabled: true,
    attributes: { sub, ...attributes },
    ...unused(now),
  }
}
