/**
 * Administrators' links: a provider's user who never signed in opens an account that is there, until unlinked. AWS:
 * API_AdminLinkProviderForUser, API_AdminDisableProviderForUser; Developer Guide, "Linking federated users to an existing
 * user profile".
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import type { Pool } from '../pools/pool.ts'
import { attributeOf } from '../pools/schema.ts'
import { moveStatus } from '../users/confirm.ts'
import { findUser, userBySub } from '../users/find.ts'
import { standsAlone } from '../users/identities.ts'
import type { User } from '../users/user.ts'
import { findProvider } from './find.ts'
import { addIdentity, removeIdentity, subjectAttribute } from './identity.ts'
import { type FederatedIdentity, isLinkedBy, readIdentitiesOf, readIdentity } from './identity-store.ts'
import type { IdentityProvider } from './provider.ts'
import { isSocial } from './social.ts'

/** AWS: API_ProviderUserIdentifierType. */
export type ProviderUser = { readonly provider: string; readonly attribute: string; readonly value: string }

/** AWS's name for the pool itself. */
const native = 'Cognito'

const mostLinks = 5
const mostAttributes = 5

const refuse = (message: string): never => fail('InvalidParameterException', message)
const refuseUnknown = (): never => fail('UserNotFoundException', 'User does not exist.')

export async function linkProvider(
  world: World,
  pool: Pool,
  { destination, source }: { readonly destination: ProviderUser; readonly source: ProviderUser },
): Promise<void> {
  const provider = await requireSource(world, pool, source)
  const user = (await findDestination(world, pool, destination)) ?? refuseUnknown()
  refuseImmutable(pool, user)
  refuseLinked(await readIdentity(world.db, pool.id, source.provider, source.attribute, source.value), user)
  const now = world.now()
  const identity: FederatedIdentity = {
    ...source,
    sub: user.sub,
    providerType: provider.type,
    issuer: provider.details['oidc_issuer'],
    standsAlone: false,
    createdAt: now,
  }
  await world.db.transaction(async (db) => {
    const links = (await readIdentitiesOf(db, pool.id, user.sub)).filter((one) => !one.standsAlone)
    // unproved: both sentences.
    if (links.length >= mostLinks)
      fail('LimitExceededException', `A user cannot have more than ${mostLinks} linked identities.`)
    if (source.attribute !== subjectAttribute) {
      const others = Object.keys(provider.mapping).filter((name) => name !== source.attribute)
      let used = 0
      for (const name of others) if (await isLinkedBy(db, pool.id, provider.name, name)) used++
      if (used >= mostAttributes) {
        fail('LimitExceededException', `A provider cannot have more than ${mostAttributes} attributes to link by.`)
      }
    }
    if (!(await addIdentity(db, pool, identity, now))) refuseTaken()
  })
}

async function requireSource(world: World, pool: Pool, source: ProviderUser): Promise<IdentityProvider> {
  // The first sentence is that of reports; unproved: the others.
  if (!source.provider || source.provider === native) {
    refuse(
      'Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, only as a DestinationUser',
    )
  }
  if (!source.value) refuse('SourceUser needs a ProviderAttributeValue.')
  const provider = await findProvider(world, pool, source.provider)
  if (!provider) return fail('ResourceNotFoundException', `Identity provider ${source.provider} does not exist.`)
  const bySubject = source.attribute === subjectAttribute
  if (!bySubject && isSocial(provider.type))
    refuse(`ProviderAttributeName must be ${subjectAttribute} for social providers.`)
  if (!bySubject && (source.attribute === 'username' || !Object.hasOwn(provider.mapping, source.attribute))) {
    refuse(`ProviderAttributeName must be ${subjectAttribute} or an attribute that the provider maps.`)
  }
  return provider
}

/** A native user by name; a provider's by its subject there. The attribute's name is ignored, as at AWS. */
async function findDestination(world: World, pool: Pool, { provider, value }: ProviderUser): Promise<User | undefined> {
  if (!value) return undefined
  if (provider === native) return findUser(world, pool, value)
  const identity = await readIdentity(world.db, pool.id, provider, subjectAttribute, value)
  return identity?.standsAlone ? userBySub(world, pool, identity.sub) : undefined
}

/** AWS: such users cannot be linked, since a sign-in would have to change what cannot change. unproved: the sentence. */
function refuseImmutable(pool: Pool, { attributes }: User): void {
  const fixed = Object.keys(attributes).find(
    (name) => name.startsWith('custom:') && attributeOf(pool, name)?.Mutable === false,
  )
  if (fixed !== undefined) refuse(`DestinationUser has the immutable attribute ${fixed}.`)
}

/** The sentences are those of reports; unproved: the code of the last one. */
function refuseLinked(there: FederatedIdentity | undefined, { sub }: User): void {
  if (!there) return
  if (there.standsAlone) {
    refuse('Merging is not currently supported, provide a SourceUser that has not been signed up in order to link')
  }
  if (there.sub === sub) refuse('SourceUser is already linked to DestinationUser')
  refuseTaken()
}

const refuseTaken = (): never => fail('AliasExistsException', 'SourceUser is already linked to another user.')

/** Takes a link away, or a native user's password sign-in. */
export async function unlinkProvider(world: World, pool: Pool, user: ProviderUser): Promise<void> {
  if (user.provider === native) return disableNative(world, pool, user)
  const identity = (await readIdentity(world.db, pool.id, user.provider, user.attribute, user.value)) ?? refuseUnknown()
  await world.db.transaction((db) => removeIdentity(db, pool, identity, world.now()))
}

/**
 * A native user without password sign-in is in the state of federated ones; an administrator's new password gives it
 * back. unproved: which status AWS shows, and the sentence.
 */
async function disableNative(world: World, pool: Pool, { attribute, value }: ProviderUser): Promise<void> {
  if (attribute !== subjectAttribute) refuse(`ProviderAttributeName must be ${subjectAttribute}.`)
  const found = (value ? await findUser(world, pool, value) : undefined) ?? refuseUnknown()
  if (standsAlone(found.attributes)) refuse('The user is not a native user of the pool.')
  const from = ['CONFIRMED', 'FORCE_CHANGE_PASSWORD', 'RESET_REQUIRED', 'UNCONFIRMED'] as const
  await moveStatus(world.db, pool.id, found.sub, from, 'EXTERNAL_PROVIDER', world.now())
}
