/** What a request to change attributes comes to: what is written now, what waits for a code, where codes go. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { issueCode } from '../codes/code.ts'
import { countAttempt } from '../codes/limits.ts'
import type { Channel } from '../messages/channel.ts'
import { type Delivery, deliverCode } from '../messages/deliver.ts'
import type { Pool } from '../pools/pool.ts'
import { type AttributeMode, checkAttributes } from '../pools/schema.ts'
import type { MessageCause } from '../triggers/messages.ts'
import { writeAttributes } from './attributes.ts'
import { nameAttributes } from './names.ts'
import { readIdentifier } from './store.ts'
import type { User } from './user.ts'
import { canonicalName } from './username.ts'

export type Attributes = Readonly<Record<string, string>>

export const channels = ['phone_number', 'email'] as const

/** AWS's list as a record; the last of a name counts. Refuses attributes without a value. */
export function readAttributes(list: readonly { Name: string; Value?: string | undefined }[] | undefined): Attributes {
  const attributes: Record<string, string> = Object.create(null)
  for (const { Name, Value } of list ?? []) {
    if (Value === undefined) fail('InvalidParameterException', `Attribute value for ${Name} must not be null`)
    attributes[Name] = isVerification(Name) ? Value.toLowerCase() : Value
  }
  return attributes
}

const isVerification = (name: string) => name === 'email_verified' || name === 'phone_number_verified'

/** unproved: AWS's sentences for a verification of nothing, as other implementations have them. */
const nothingToVerify: Readonly<Record<Channel, string>> = {
  email: 'Email is required to verify/un-verify an email',
  phone_number: 'Phone Number is required to verify/un-verify a phone number',
}

/** Refuses a verification set for an address that neither the user nor the request has. */
export function checkVerifications(asked: Attributes, present: Attributes): void {
  for (const channel of channels) {
    const address = asked[channel] ?? present[channel]
    if (asked[`${channel}_verified`] && !address) fail('InvalidParameterException', nothingToVerify[channel])
  }
}

/** What a new user has of it. unproved: at SignUp; AWS says of an empty value that it deletes an attribute. */
export const withValues = (asked: Attributes): Attributes =>
  Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== ''))

/** New addresses begin unverified, unless an administrator said otherwise. */
export function markUnverified(asked: Attributes): Attributes {
  const marked: Record<string, string> = { ...asked }
  for (const channel of channels) if (asked[channel]) marked[`${channel}_verified`] ??= 'false'
  return marked
}

export type Plan = {
  /** Written at once; an empty value deletes. */
  readonly now: Attributes
  /** Addresses that take effect when their code comes back. */
  readonly pending: readonly { readonly channel: Channel; readonly address: string }[]
  /** Addresses written at once to which a code goes. */
  readonly unverified: readonly { readonly channel: Channel; readonly address: string }[]
}

/**
 * Splits a change. AWS: Developer Guide, "Verifying updates to email addresses and phone numbers": an address named in
 * AttributesRequireVerificationBeforeUpdate waits, unless an administrator declares it verified in the same request.
 */
export function planChange(pool: Pool, present: Attributes, asked: Attributes): Plan {
  const waiting: readonly string[] =
    pool.settings.UserAttributeUpdateSettings?.AttributesRequireVerificationBeforeUpdate ?? []
  const automatic: readonly string[] = pool.settings.AutoVerifiedAttributes ?? []
  const now: Record<string, string> = { ...asked }
  const pending: { channel: Channel; address: string }[] = []
  const unverified: { channel: Channel; address: string }[] = []
  for (const channel of channels) {
    const address = asked[channel]
    if (!address || address === present[channel]) continue
    const declared = asked[`${channel}_verified`] === 'true'
    if (!declared && waiting.includes(channel)) {
      delete now[channel]
      delete now[`${channel}_verified`]
      pending.push({ channel, address })
    } else if (!declared) {
      now[`${channel}_verified`] = 'false'
      if (automatic.includes(channel)) unverified.push({ channel, address })
    }
  }
  return { now, pending, unverified }
}

/**
 * Changes a user's attributes by their own or an administrator's wish, and sends the codes that follow. Refuses what the
 * schema refuses, then names that are taken. Permissions of the client are checked before.
 */
export async function changeAttributes(
  world: World,
  pool: Pool,
  user: User,
  asked: Attributes,
  mode: Extract<AttributeMode, 'update' | 'admin-update'>,
  cause: MessageCause,
): Promise<Delivery[]> {
  checkAttributes(pool, asked, mode)
  const planFor = (present: User): Plan => {
    checkVerifications(asked, present.attributes)
    keepOneName(pool, present, asked)
    return planChange(pool, present.attributes, asked)
  }
  let plan = planFor(user)
  if (mode === 'update' && plan.pending.length + plan.unverified.length > 0) {
    await countAttempt(world, pool, user, 'UpdateUserAttributes')
  }
  for (const { channel, address } of plan.pending) await refuseTaken(world, pool, user, channel, address)
  // Planned anew for the user as they are then: what is no change now may be one after another request.
  const change = (present: User): Attributes => {
    plan = planFor(present)
    return plan.now
  }
  if (Object.keys(plan.now).length > 0)
    await world.db.transaction((db) => writeAttributes(db, pool, user.sub, change, { now: world.now() }))
  const { now, pending, unverified } = plan
  // Functions are shown the user as the change leaves them.
  const present = Object.entries({ ...user.attributes, ...now }).filter(([, value]) => value !== '')
  const changed = { ...user, attributes: Object.fromEntries(present) }
  const deliveries: Delivery[] = []
  for (const to of unverified) deliveries.push(await sendVerification(world, pool, changed, to, false, cause))
  for (const to of pending) deliveries.push(await sendVerification(world, pool, changed, to, true, cause))
  return deliveries
}

/** Sends a code that, brought back, verifies the address; a pending one also becomes the user's then. */
export async function sendVerification(
  world: World,
  pool: Pool,
  user: Pick<User, 'sub' | 'username' | 'status' | 'attributes'>,
  to: { readonly channel: Channel; readonly address: string },
  pending: boolean,
  cause: MessageCause,
): Promise<Delivery> {
  const code = await issueCode(world, pool, user, `verify-${to.channel}`, {
    address: to.address,
    ...(pending && { pending: 'true' }),
  })
  return deliverCode(world, pool, user, 'verification', code, to, cause)
}

/** A taken address of a username-attribute pool is refused before a code goes out; an alias, when its code comes back. */
async function refuseTaken(world: World, pool: Pool, user: User, channel: Channel, address: string): Promise<void> {
  if (!nameAttributes(pool).includes(channel)) return
  const owner = await readIdentifier(world.db, pool.id, canonicalName(pool, address))
  if (owner && owner.sub !== user.sub)
    fail('AliasExistsException', `An account with the given ${channel} already exists.`)
}

/** unproved: AWS's answer to deleting the only address a user can sign in with; without one nobody could any more. */
function keepOneName(pool: Pool, user: User, asked: Attributes): void {
  const names = nameAttributes(pool)
  const deleted = names.filter((name) => asked[name] === '' && user.attributes[name])
  const left = names.some((name) => (asked[name] ?? user.attributes[name]) || false)
  if (deleted.length > 0 && !left)
    fail('InvalidParameterException', `user.${deleted[0]}: Attribute cannot be deleted. (used to sign in)`)
}
