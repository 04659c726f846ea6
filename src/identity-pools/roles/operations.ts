/**
 * What the identities of a pool may become: its roles, the mappings that choose among them, and the claims that go along
 * as tags. Owns no table: all of it is part of the pool. Never assumes a role.
 * AWS: API Reference, SetIdentityPoolRoles, SetPrincipalTagAttributeMap; Developer Guide, "Role-based access control".
 */
import { repeatedKey } from '../../iam/tags.ts'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import { admin, adminOfAny, operation } from '../doors.ts'
import { changePool } from '../pools/find.ts'
import type { PoolRoles } from '../pools/pool.ts'
import { canonicalProvider, providersOf } from '../pools/providers.ts'
import { checkMappings, requirePassable } from './role-rules.ts'

export const SetIdentityPoolRoles = operation('SetIdentityPoolRoles', adminOfAny, async (input, context) => {
  const { IdentityPoolId, ...roles } = input
  const { world } = context
  await requirePassable(context, { id: IdentityPoolId, region: context.region }, roles as PoolRoles)
  await changePool(world, IdentityPoolId, (pool) => {
    checkMappings(world.settings, pool, roles.RoleMappings)
    return { roles: roles as PoolRoles }
  })
  return undefined
})

export const GetIdentityPoolRoles = operation('GetIdentityPoolRoles', admin, (_, { pool }) => ({
  IdentityPoolId: pool.id,
  ...pool.roles,
}))

export const SetPrincipalTagAttributeMap = operation(
  'SetPrincipalTagAttributeMap',
  adminOfAny,
  async (input, { world }) => {
    const { IdentityPoolId, IdentityProviderName, UseDefaults, PrincipalTags } = input
    const keys = Object.keys(PrincipalTags ?? {})
    // unproved: the sentences of this operation.
    if (repeatedKey(keys) !== undefined || keys.some((key) => /^aws:/i.test(key))) {
      fail('InvalidParameterException', 'Tag keys must differ in more than case, and must not begin with aws:.')
    }
    const provider = canonicalProvider(world.settings, IdentityProviderName)
    await changePool(world, IdentityPoolId, (pool) => {
      if (!providersOf(world.settings, pool).has(provider)) {
        fail('InvalidParameterException', `(${IdentityProviderName}) is not a configured provider.`)
      }
      return { tagMaps: { ...pool.tagMaps, [provider]: { UseDefaults, PrincipalTags } } }
    })
    return input
  },
)

export const GetPrincipalTagAttributeMap = operation('GetPrincipalTagAttributeMap', admin, (input, { world, pool }) => {
  const { IdentityProviderName } = input
  const provider = canonicalProvider(world.settings, IdentityProviderName)
  const map = Object.hasOwn(pool.tagMaps, provider) ? pool.tagMaps[provider] : undefined
  // unproved: the sentence.
  if (!map) return fail('ResourceNotFoundException', `IdentityProvider '${IdentityProviderName}' has no tag map.`)
  return { IdentityPoolId: pool.id, IdentityProviderName, ...map }
})

export const operations: readonly Operation[] = [
  SetIdentityPoolRoles,
  GetIdentityPoolRoles,
  SetPrincipalTagAttributeMap,
  GetPrincipalTagAttributeMap,
]
