/**
 * Domains: under which names a pool's login pages and OAuth endpoints are reached. Owns the table domains; never serves
 * a page, and has no certificates: whoever ends TLS has those.
 * AWS: API_CreateUserPoolDomain and its neighbours; Developer Guide, "Configuring a user pool domain".
 */
import type { DomainDescriptionType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Operation } from '../../wire/operation.ts'
import type { World } from '../../world.ts'
import { account, admin, operation } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { checkVersion, type Domain, kindOf, versionAt } from './domain.ts'
import { findDomain } from './find.ts'
import { changeDomain, deleteDomain, insertDomain, readDomain } from './store.ts'

/** A custom domain answers under its own name here; AWS names the distribution that DNS must point to. */
const answerOf = ({ kind, name, settings }: Pick<Domain, 'kind' | 'name' | 'settings'>) => ({
  ManagedLoginVersion: settings.ManagedLoginVersion,
  CloudFrontDomain: kind === 'custom' ? name : undefined,
  Routing: settings.Routing,
})

const describe = (world: World, { poolId, kind, name, settings, version }: Domain): DomainDescriptionType => ({
  UserPoolId: poolId,
  AWSAccountId: world.settings.account,
  Domain: name,
  CloudFrontDistribution: kind === 'custom' ? name : undefined,
  Version: version,
  Status: 'ACTIVE',
  CustomDomainConfig: settings.CustomDomainConfig,
  ManagedLoginVersion: settings.ManagedLoginVersion,
  Routing: settings.Routing,
})

/** AWS: Developer Guide, "User pool feature plans": managed login is not in the Lite plan. */
function checkPlan(pool: Pool, version: number): void {
  if (pool.settings.UserPoolTier !== 'LITE' || version !== 2) return
  fail(
    'FeatureUnavailableInTierException',
    'The following feature is not available for the LITE pricing tier configured: Managed Login Version 2',
  )
}

export const CreateUserPoolDomain = operation('CreateUserPoolDomain', admin, async (input, { world, pool }) => {
  const { Domain: name, UserPoolId: _, ManagedLoginVersion = 1, ...given } = input
  const settings = { ...given, ManagedLoginVersion }
  const kind = kindOf(name, settings)
  checkVersion(ManagedLoginVersion)
  checkPlan(pool, ManagedLoginVersion)
  const domain: Domain = { poolId: pool.id, kind, name, settings, version: versionAt(world.now()) }
  if (await insertDomain(world.db, domain)) return answerOf(domain)
  if (await readDomain(world.db, name)) {
    fail('InvalidParameterException', 'Domain already associated with another user pool.')
  }
  // unproved: the sentence.
  return fail(
    'InvalidParameterException',
    `User pool already has a ${kind === 'custom' ? 'custom domain' : 'domain'} configured.`,
  )
})

/** An unknown domain is no failure, and neither is one of another region: AWS describes nothing. */
export const DescribeUserPoolDomain = operation('DescribeUserPoolDomain', account, async (input, { world, region }) => {
  const found = await findDomain(world, input.Domain)
  return { DomainDescription: found?.pool.region === region ? describe(world, found.domain) : {} }
})

/** Code and sentence are those of reports. */
const refuseUnknown = (): never => fail('InvalidParameterException', 'No such domain or user pool exists.')

export const UpdateUserPoolDomain = operation('UpdateUserPoolDomain', admin, async (input, { world, pool }) => {
  const { Domain: name, UserPoolId: _, ...given } = input
  const changed = await changeDomain(world.db, pool.id, name, (before) => {
    const settings = { ...before.settings, ...given }
    if (kindOf(name, settings) !== before.kind) {
      // unproved: the sentence.
      fail('InvalidParameterException', 'A domain prefix cannot become a custom domain.')
    }
    checkVersion(settings.ManagedLoginVersion ?? 1)
    checkPlan(pool, settings.ManagedLoginVersion ?? 1)
    return { settings, version: versionAt(world.now()) }
  })
  return answerOf(changed ?? refuseUnknown())
})

export const DeleteUserPoolDomain = operation(
  'DeleteUserPoolDomain',
  admin,
  async ({ Domain: name }, { world, pool }) => {
    if (!(await deleteDomain(world.db, pool.id, name))) refuseUnknown()
    return {}
  },
)

export const operations: readonly Operation[] = [
  CreateUserPoolDomain,
  DescribeUserPoolDomain,
  UpdateUserPoolDomain,
  DeleteUserPoolDomain,
]
