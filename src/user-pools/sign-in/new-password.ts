/** NEW_PASSWORD_REQUIRED: a user with a temporary password chooses their own, and fills in what the pool requires. */
import { fail } from '../../wire/errors.ts'
import { writable } from '../clients/permissions.ts'
import type { Channel } from '../messages/channel.ts'
import { checkHistory } from '../passwords/history.ts'
import { checkPassword } from '../passwords/policy.ts'
import { setPassword } from '../passwords/set.ts'
import type { Pool } from '../pools/pool.ts'
import { checkAttributes } from '../pools/schema.ts'
import { refuseCompromised } from '../risk/compromised.ts'
import { writeAttributes } from '../users/attributes.ts'
import { type Attributes, markUnverified, type Plan, planChange, sendVerification } from '../users/change.ts'
import { userBySub } from '../users/find.ts'
import type { User } from '../users/user.ts'
import type { Given, Progress } from './progress.ts'
import { refuseForeign, refuseReplaced } from './session.ts'
import type { Question, Turn, Verdict } from './turn.ts'

const prefix = 'userAttributes.'
const longestPassword = 256

const missing = (pool: Pool, attributes: Attributes): string[] =>
  pool.schema.filter(({ Name, Required }) => Required && Name !== 'sub' && !attributes[Name]).map(({ Name }) => Name)

export function askNewPassword({ pool }: Turn, user: User, progress: Progress): Question {
  const { sub, ...attributes } = user.attributes
  return {
    challenge: 'NEW_PASSWORD_REQUIRED',
    parameters: {
      USER_ID_FOR_SRP: user.username,
      requiredAttributes: JSON.stringify(missing(pool, attributes).map((name) => `${prefix}${name}`)),
      userAttributes: JSON.stringify(attributes),
    },
    sub: user.sub,
    progress,
  }
}

/** Sets the password and the attributes in one transaction. The new password may be the temporary one. */
export async function answerNewPassword(turn: Turn, given: Given, user: User, progress: Progress): Promise<Verdict> {
  const { world, pool } = turn
  refuseChanged(user, progress)
  const asked = readAttributes(given)
  checkAsked(turn, user, asked)
  const password = given['NEW_PASSWORD'] ?? ''
  if (password.length > longestPassword) refuseLength()
  checkPassword(pool, password)
  await refuseCompromised(world, pool, turn.client.id, password, 'PASSWORD_CHANGE')
  await checkHistory(world, pool, user.sub, password)
  let waiting: Plan['pending'] = []
  await setPassword(world, pool, user, password, {
    temporary: false,
    also: async (db) => {
      const as = (present: User) => {
        refuseChanged(present, progress)
        const { now, pending } = planChange(pool, present.attributes, asked)
        const isFirst = ({ channel }: { readonly channel: Channel }) => !present.attributes[channel]
        waiting = pending.filter((one) => !isFirst(one))
        return { ...now, ...firstAddresses(pending.filter(isFirst)) }
      }
      await writeAttributes(db, pool, user.sub, as, { now: world.now() })
    },
  })
  const changed = (await userBySub(world, pool, user.sub)) ?? fail('UserNotFoundException', 'User does not exist.')
  const { operation, clientMetadata } = turn
  const cause = { reason: 'UpdateUserAttribute', operation, clientId: turn.client.id, clientMetadata } as const
  for (const to of waiting) await sendVerification(world, pool, changed, to, true, cause)
  return {
    passed: changed,
    progress: { ...progress, newPassword: true, passwordSetAt: changed.passwordSetAt },
  }
}

/** unproved: that an address waits for its code only where it takes another's place: here there is nothing to keep till then. */
const firstAddresses = (pending: Plan['pending']): Attributes =>
  markUnverified(Object.fromEntries(pending.map(({ channel, address }) => [channel, address])))

/** Somebody answered another challenge of this user, or an administrator set a password meanwhile. */
function refuseChanged(user: User, progress: Progress): void {
  if (user.status !== 'FORCE_CHANGE_PASSWORD') refuseForeign()
  refuseReplaced(user, progress)
}

function readAttributes(given: Given): Attributes {
  const attributes: Record<string, string> = Object.create(null)
  for (const [key, value] of Object.entries(given)) {
    if (key.startsWith(prefix)) attributes[key.slice(prefix.length)] = value
  }
  return attributes
}

/** AWS: API_RespondToAuthChallenge: required attributes that have a value cannot be changed here, others may be set. */
function checkAsked({ pool, client }: Turn, user: User, asked: Attributes): void {
  for (const name of Object.keys(asked)) {
    const required = pool.schema.some((attribute) => attribute.Name === name && attribute.Required)
    if (required && user.attributes[name]) {
      fail('NotAuthorizedException', `Cannot modify an already provided ${name}`)
    }
  }
  const known = Object.entries(asked).filter(([name]) => user.attributes[name])
  const fresh = Object.entries(asked).filter(([name]) => !user.attributes[name])
  // What has no value yet may be given one even if it can never be changed again.
  checkAttributes(pool, Object.fromEntries(known), 'update')
  checkAttributes(pool, Object.fromEntries(fresh), 'admin-create')
  if (Object.keys(asked).some((name) => !writable(pool, client, name))) {
    fail('NotAuthorizedException', 'A client attempted to write unauthorized attribute')
  }
  const [lacking] = missing(pool, { ...user.attributes, ...asked })
  // The sentence is that of reports; unproved: that it names the first of several.
  if (lacking !== undefined) fail('InvalidParameterException', `Invalid attributes given, ${lacking} is missing`)
}

const refuseLength = (): never =>
  fail(
    'InvalidParameterException',
    "1 validation error detected: Value at 'password' failed to satisfy constraint: " +
      `Member must have length less than or equal to ${longestPassword}`,
  )
