/**
 * Identity providers of a pool, and which of their subjects open which account. Owns the tables of providers, of
 * federated identities and of browsers on their way; never talks to a provider about a person: src/oauth/upstream does.
 * AWS: API_CreateIdentityProvider, API_AdminLinkProviderForUser and their neighbours; Developer Guide, "User pool sign-in
 * with third party identity providers".
 */
import type { IdentityProviderType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { page, readPage } from '../../wire/paging.ts'
import type { World } from '../../world.ts'
import { admin, operation } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { forgetEncryptionKey } from '../saml/encryption-key.ts'
import { completeDetails, updateDetails } from './details.ts'
import { findProvider, mostProviders, providerByExactIdentifier } from './find.ts'
import { linkProvider, type ProviderUser, unlinkProvider } from './link.ts'
import { checkAcr, checkIdentifiers, checkName, completeMapping } from './mapping-rules.ts'
import type { IdentityProvider } from './provider.ts'
import { promiseSignOuts } from './sign-outs.ts'
import { describeDetails } from './social.ts'
import * as store from './store.ts'

const describe = (world: World, provider: IdentityProvider): IdentityProviderType => ({
  UserPoolId: provider.poolId,
  ProviderName: provider.name,
  ProviderType: provider.type,
  ProviderDetails: describeDetails(world.settings, provider),
  AttributeMapping: provider.mapping,
  IdpIdentifiers: [...provider.identifiers],
  ...(Object.keys(provider.acr).length > 0 && { AcrMapping: provider.acr }),
  LastModifiedDate: new Date(provider.modifiedAt),
  CreationDate: new Date(provider.createdAt),
})

/** unproved: the sentence. */
const refuseUnknown = (name: string): never =>
  fail('ResourceNotFoundException', `Identity provider ${name} does not exist.`)

const requireProvider = async (world: World, pool: Pool, name: string): Promise<IdentityProvider> =>
  (await findProvider(world, pool, name)) ?? refuseUnknown(name)

/** unproved: the code and the sentence. */
function refuseTaken(taken: readonly string[]): void {
  if (taken.length > 0) {
    fail('DuplicateProviderException', `The identifier ${taken[0]} belongs to another identity provider.`)
  }
}

export const CreateIdentityProvider = operation('CreateIdentityProvider', admin, async (input, { world, pool }) => {
  const { ProviderName: name, ProviderType: type, ProviderDetails: sent, IdpIdentifiers: identifiers = [] } = input
  checkName(name, type)
  checkIdentifiers(type, identifiers)
  checkAcr(type, input.AcrMapping ?? {})
  const mapping = completeMapping(pool, type, input.AttributeMapping ?? {})
  const details = await completeDetails(world, { poolId: pool.id, name, type }, sent)
  const now = world.now()
  const provider: IdentityProvider = {
    poolId: pool.id,
    ...{ name, type, details, mapping, identifiers, acr: input.AcrMapping ?? {} },
    ...{ createdAt: now, modifiedAt: now },
  }
  await world.db.transaction(async (db) => {
    // unproved: the first sentence; the second is that of a report.
    if ((await store.countProviders(db, pool.id)) >= mostProviders) {
      fail('LimitExceededException', `A user pool cannot have more than ${mostProviders} identity providers.`)
    }
    if (!(await store.insertProvider(db, world.seal, provider))) {
      fail('DuplicateProviderException', `${name} already exists in user pool ${pool.id}`)
    }
    refuseTaken(await store.replaceIdentifiers(db, pool.id, name, identifiers))
  })
  return { IdentityProvider: describe(world, provider) }
})

export const DescribeIdentityProvider = operation('DescribeIdentityProvider', admin, async (input, context) => {
  const { world, pool } = context
  return { IdentityProvider: describe(world, await requireProvider(world, pool, input.ProviderName)) }
})

/** unproved: the sentence. */
const refuseChanged = (): never =>
  fail('ConcurrentModificationException', 'The identity provider was changed by another request.')

/** What is left out stays; a map or list that is given replaces the old one. unproved: that it does so at AWS. */
export const UpdateIdentityProvider = operation('UpdateIdentityProvider', admin, async (input, { world, pool }) => {
  const before = await requireProvider(world, pool, input.ProviderName)
  const { type } = before
  const identifiers = input.IdpIdentifiers ?? before.identifiers
  const acr = input.AcrMapping ?? before.acr
  checkIdentifiers(type, identifiers)
  checkAcr(type, acr)
  const after: IdentityProvider = {
    ...before,
    // Never the same twice: a change is known by it.
    ...{ identifiers, acr, modifiedAt: Math.max(world.now(), before.modifiedAt + 1) },
    mapping: input.AttributeMapping ? completeMapping(pool, type, input.AttributeMapping) : before.mapping,
    details: input.ProviderDetails
      ? await updateDetails(world, before, before.details, input.ProviderDetails)
      : before.details,
  }
  await world.db.transaction(async (db) => {
    if (!(await store.writeProvider(db, world.seal, after, before))) refuseChanged()
    refuseTaken(await store.replaceIdentifiers(db, pool.id, before.name, identifiers))
  })
  return { IdentityProvider: describe(world, after) }
})

/**
 * Its users stay; nobody can sign in by it any more, not even who is on the way, and those whose
 * profiles began with it are signed out. unproved: that AWS ends their sessions.
 */
export const DeleteIdentityProvider = operation('DeleteIdentityProvider', admin, async (input, { world, pool }) => {
  const { ProviderName: name } = input
  await world.db.transaction(async (db) => {
    if (!(await store.deleteProvider(db, pool.id, name))) refuseUnknown(name)
    await forgetEncryptionKey({ db }, { poolId: pool.id, name })
    await promiseSignOuts(world, db, pool, name)
  })
})

const longestPage = 60

export const ListIdentityProviders = operation('ListIdentityProviders', admin, async (input, { world, pool }) => {
  const limit = input.MaxResults || longestPage
  const paging = { list: `ListIdentityProviders ${pool.id}`, seal: world.seal, now: world.now() }
  const [after = ''] = readPage(paging, input.NextToken) ?? []
  const listed = await store.readProviderNames(world.db, pool.id, String(after), limit + 1)
  const { rows, next } = page(paging, listed, limit, ({ name }) => [name])
  const Providers = rows.map(({ name, type, createdAt, modifiedAt }) => ({
    ProviderName: name,
    ProviderType: type,
    LastModifiedDate: new Date(modifiedAt),
    CreationDate: new Date(createdAt),
  }))
  return { Providers, NextToken: next }
})

export const GetIdentityProviderByIdentifier = operation(
  'GetIdentityProviderByIdentifier',
  admin,
  async ({ IdpIdentifier }, { world, pool }) => {
    const found = await providerByExactIdentifier(world, pool, IdpIdentifier)
    return { IdentityProvider: describe(world, found ?? refuseUnknown(IdpIdentifier)) }
  },
)

const readUser = (given: {
  ProviderName?: string
  ProviderAttributeName?: string
  ProviderAttributeValue?: string
}): ProviderUser => ({
  provider: given.ProviderName ?? '',
  attribute: given.ProviderAttributeName ?? '',
  value: given.ProviderAttributeValue ?? '',
})

export const AdminLinkProviderForUser = operation('AdminLinkProviderForUser', admin, async (input, { world, pool }) => {
  await linkProvider(world, pool, { destination: readUser(input.DestinationUser), source: readUser(input.SourceUser) })
  return {}
})

export const AdminDisableProviderForUser = operation('AdminDisableProviderForUser', admin, async (input, context) => {
  await unlinkProvider(context.world, context.pool, readUser(input.User))
  return {}
})

export const operations: readonly Operation[] = [
  CreateIdentityProvider,
  DescribeIdentityProvider,
  UpdateIdentityProvider,
  DeleteIdentityProvider,
  ListIdentityProviders,
  GetIdentityProviderByIdentifier,
  AdminLinkProviderForUser,
  AdminDisableProviderForUser,
]
