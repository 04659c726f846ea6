/**
 * Whom a verified assertion signs in: the account that its subject opens, one linked by an attribute or by the provider's
 * policy, or a new profile. Mapped attributes follow the provider at every sign-in. AWS: Developer Guide, "User pool
 * sign-in with third party identity providers", "Mapping IdP attributes to profiles and tokens".
 */

import { uuidOf } from '../../protocols/uuid.ts'
import { AwsError, fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { writable } from '../clients/permissions.ts'
import { joinProviderGroup } from '../groups/provider-group.ts'
import type { Pool } from '../pools/pool.ts'
import { checkAttributes } from '../pools/schema.ts'
import { countRequest } from '../risk/rates.ts'
import { tellConfirmed } from '../sign-up/functions.ts'
import { triggerAttributes } from '../triggers/attributes.ts'
import { callTrigger } from '../triggers/call.ts'
import { runInboundFederation } from '../triggers/inbound-federation.ts'
import { addUser, writeAttributes } from '../users/attributes.ts'
import { markUnverified } from '../users/change.ts'
import { userBySub } from '../users/find.ts'
import { printIdentities } from '../users/identities.ts'
import { unused } from '../users/new-user.ts'
import type { User } from '../users/user.ts'
import { canonicalName } from '../users/username.ts'
import { accountToLink } from './account-to-link.ts'
import { addIdentity, entryOf, removeIdentity, subjectAttribute } from './identity.ts'
import { type FederatedIdentity, readIdentity, readIdentityBy } from './identity-store.ts'
import { linkingPolicy } from './linking-policy.ts'
import { mapAttributes } from './mapping.ts'
import type { Assertion, IdentityProvider } from './provider.ts'

export type Place = {
  readonly world: World
  readonly pool: Pool
  readonly client: Client
  readonly requestId?: string
  /** Somebody was asked whether to link, and will not. */
  readonly apart?: boolean
}

/** `offer`: an account that must be signed in to once before the subject may open it. */
export type Federated = { readonly user: User } | { readonly offer: { readonly sub: string } }

type Attributes = Readonly<Record<string, string>>

/** A Username has at most 128 characters, and its prefix is the provider's name. */
const longestName = 128

const refuse = (message: string): never => fail('InvalidParameterException', message)

export async function signInFederated(
  place: Place,
  provider: IdentityProvider,
  assertion: Assertion,
): Promise<Federated> {
  const { subject } = assertion
  await countRequest(place.world, place.pool, 'IdpResponse')
  // unproved: the sentences. U+0000 is no character of a name, and PostgreSQL has none.
  if (subject === '' || subject.includes('\0')) refuse('The identity provider named no user.')
  if (`${provider.name}_${subject}`.length > longestName) refuse('The user name of the identity provider is too long.')
  const said = await askInbound(place, provider, assertion)
  const mapped = writableOnly(place, mapAttributes(provider, said))
  const known = await findIdentity(place, provider, subject, mapped)
  if (known) return { user: await returning(place, known, subject, mapped) }
  const asks = linkingPolicy(provider) === 'ask'
  const account = asks && place.apart ? undefined : await accountToLink(place.world, place.pool, provider, said, mapped)
  if (account && asks) return { offer: { sub: account.sub } }
  if (account) return { user: await linked(place, account, provider, assertion, mapped) }
  return { user: await arriving(place, provider, assertion, mapped) }
}

/** The pool's function may replace what the provider said; whom it said it of, it may not. */
async function askInbound(
  { world, pool, client, requestId }: Place,
  provider: IdentityProvider,
  assertion: Assertion,
): Promise<Assertion> {
  const answer = await runInboundFederation(world, pool, {
    ...{ provider, subject: assertion.subject, clientId: client.id, requestId },
    said: assertion.said ?? { samlResponse: assertion.attributes as Record<string, string | string[]> },
  })
  return answer ? { ...assertion, attributes: answer } : assertion
}

/**
 * AWS: what the client may not write is left out in silence. That an address is verified is the provider's to say, but of
 * the address that comes along only: the user's own may be one that they have chosen themselves.
 */
function writableOnly({ pool, client }: Place, mapped: Attributes): Attributes {
  const written = Object.entries(mapped).filter(([name]) => writable(pool, client, name))
  const verified = Object.entries(mapped).filter(([name]) =>
    written.some(([address, value]) => value !== '' && name === `${address}_verified` && isVerified(name)),
  )
  return Object.fromEntries([...written, ...verified])
}

/** By the subject; or by an attribute that an administrator linked before the first sign-in. */
async function findIdentity(
  { world, pool }: Place,
  provider: IdentityProvider,
  subject: string,
  mapped: Attributes,
): Promise<FederatedIdentity | undefined> {
  const bySubject = await readIdentity(world.db, pool.id, provider.name, subjectAttribute, subject)
  if (bySubject) return bySubject
  // An address that the provider itself calls unverified is anybody's.
  const telling = Object.entries(mapped).filter(([name, value]) => value && mapped[`${name}_verified`] !== 'false')
  return readIdentityBy(world.db, pool.id, provider.name, Object.fromEntries(telling))
}

async function returning(
  place: Place,
  identity: FederatedIdentity,
  subject: string,
  mapped: Attributes,
): Promise<User> {
  const { world, pool, client } = place
  const before = (await userBySub(world, pool, identity.sub)) ?? fail('UserNotFoundException', 'User does not exist.')
  refuseState(before)
  await callTrigger(world, pool, 'PreAuthentication', 'PreAuthentication_Authentication', {
    userName: before.username,
    clientId: client.id,
    request: { userAttributes: triggerAttributes(before), validationData: {} },
  })
  const user = await follow(place, before, mapped, identity, subject)
  await tellSignedIn(place, user)
  return user
}

/** unproved: AWS's sentences at this place. */
function refuseState({ enabled, status }: User): void {
  if (!enabled) fail('NotAuthorizedException', 'User is disabled.')
  // Whoever made the account has not shown that it is theirs.
  if (status === 'UNCONFIRMED') fail('UserNotConfirmedException', 'User is not confirmed.')
}

/** Brings the profile up to what the provider says now; a link by attribute becomes one by subject. */
async function follow(
  { world, pool }: Place,
  before: User,
  mapped: Attributes,
  identity: FederatedIdentity,
  subject: string,
): Promise<User> {
  const now = world.now()
  const changed = changes(before.attributes, mapped)
  checkAttributes(pool, changed, 'admin-update')
  checkRequired(pool, { ...before.attributes, ...changed })
  const bind = identity.attribute !== subjectAttribute
  if (!bind && Object.keys(changed).length === 0) return before
  return world.db.transaction(async (db) => {
    if (bind) {
      if (await removeIdentity(db, pool, identity, now)) {
        await addIdentity(db, pool, { ...identity, attribute: subjectAttribute, value: subject }, now)
      }
      // Of two sign-ins at a time one binds: the other goes on if it was the same person.
      const bound = await readIdentity(db, pool.id, identity.provider, subjectAttribute, subject)
      if (bound?.sub !== before.sub) refuse('SourceUser is already linked to another user.')
    }
    return (await writeAttributes(db, pool, before.sub, changed, { now })).after
  })
}

/** What differs. A new address that is not said to be verified is not. */
function changes(present: Attributes, mapped: Attributes): Attributes {
  const different = Object.entries(mapped).filter(([name, value]) => value !== (present[name] ?? ''))
  const changed = markUnverified(Object.fromEntries(different))
  return Object.fromEntries(
    Object.entries(changed).map(([name, value]) => [name, isVerified(name) ? (mapped[name] ?? value) : value]),
  )
}

const isVerified = (name: string) => name === 'email_verified' || name === 'phone_number_verified'

/** The sentence is that of reports. */
function checkRequired(pool: Pool, attributes: Attributes): void {
  const missing = pool.schema
    .filter(({ Name, Required }) => Required && Name !== 'sub' && !attributes[Name])
    .map(({ Name }) => Name)
  if (missing.length > 0) refuse(`attributes required: [${missing.join(', ')}]`)
}

/** The account is there, and the provider's policy lets the subject open it from now on. */
async function linked(
  place: Place,
  account: User,
  provider: IdentityProvider,
  assertion: Assertion,
  mapped: Attributes,
): Promise<User> {
  const { world, pool } = place
  refuseState(account)
  const now = world.now()
  const identity = identityOf(provider, assertion, account.sub, false, now)
  await world.db.transaction((db) => addIdentity(db, pool, identity, now))
  const there = await readIdentity(world.db, pool.id, provider.name, subjectAttribute, assertion.subject)
  return returning(place, there ?? identity, assertion.subject, mapped)
}

export const identityOf = (
  provider: Pick<IdentityProvider, 'name' | 'type'>,
  { subject, issuer }: Pick<Assertion, 'subject' | 'issuer'>,
  sub: string,
  standsAlone: boolean,
  now: number,
): FederatedIdentity => ({
  ...{ provider: provider.name, attribute: subjectAttribute, value: subject, sub, issuer, standsAlone },
  providerType: provider.type,
  createdAt: now,
})

/** Somebody new: a profile that begins with this provider. */
async function arriving(
  place: Place,
  provider: IdentityProvider,
  assertion: Assertion,
  mapped: Attributes,
): Promise<User> {
  const { world, pool, client } = place
  const username = canonicalName(pool, `${provider.name}_${assertion.subject}`)
  const given = Object.fromEntries(Object.entries(mapped).filter(([, value]) => value !== ''))
  checkRequired(pool, given)
  checkAttributes(pool, given, 'admin-create')
  const verified = await askBeforeSignUp(place, username, given)
  // The function may have linked the subject to an account. AWS fails this once and has it tried again.
  const meanwhile = await findIdentity(place, provider, assertion.subject, mapped)
  if (meanwhile) return returning(place, meanwhile, assertion.subject, mapped)
  const now = world.now()
  const sub = uuidOf(world.random(16))
  const identity = identityOf(provider, assertion, sub, true, now)
  const user: User = {
    ...{ poolId: pool.id, sub, username, status: 'EXTERNAL_PROVIDER', enabled: true },
    // From the first moment: it says that the addresses are no names of the user's.
    attributes: { sub, identities: printIdentities([entryOf(identity)]), ...markUnverified({ ...given, ...verified }) },
    ...unused(now),
  }
  try {
    await world.db.transaction(async (db) => {
      await addUser(db, pool, user, { exists: `Already found an entry for username ${username}`, now })
      await addIdentity(db, pool, identity, now)
      await joinProviderGroup(db, pool, provider.name, sub, now)
    })
  } catch (error) {
    // The same person in another tab was faster.
    const other = await findIdentity(place, provider, assertion.subject, mapped)
    if (other && error instanceof AwsError) return returning(place, other, assertion.subject, mapped)
    throw error
  }
  await tellConfirmed(world, pool, sub, 'PostConfirmation_ConfirmSignUp', {
    operation: 'ConfirmSignUp',
    clientId: client.id,
  })
  return (await userBySub(world, pool, sub)) ?? fail('UserNotFoundException', 'User does not exist.')
}

async function askBeforeSignUp(
  { world, pool, client }: Place,
  userName: string,
  given: Attributes,
): Promise<Attributes> {
  const answer = await callTrigger(world, pool, 'PreSignUp', 'PreSignUp_ExternalProvider', {
    userName,
    clientId: client.id,
    request: {
      userAttributes: { ...given, 'cognito:email_alias': '', 'cognito:phone_number_alias': '' },
      validationData: {},
    },
  })
  return {
    ...(answer?.autoVerifyEmail && given['email'] && { email_verified: 'true' }),
    ...(answer?.autoVerifyPhone && given['phone_number'] && { phone_number_verified: 'true' }),
  }
}

async function tellSignedIn({ world, pool, client }: Place, user: User): Promise<void> {
  await callTrigger(world, pool, 'PostAuthentication', 'PostAuthentication_Authentication', {
    userName: user.username,
    clientId: client.id,
    request: { userAttributes: triggerAttributes(user), newDeviceUsed: false },
  })
}
