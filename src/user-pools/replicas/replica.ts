/**
 * What a replica of a pool is: the same directory, seen from another region, with settings of that region's own.
 * AWS: Developer Guide, "Multi-Region replication for user pools"; API_UserPoolReplicaType.
 */
import type { UserPoolReplicaType } from '@aws-sdk/client-cognito-identity-provider'
import { fail } from '../../wire/errors.ts'
import type { Settings } from '../../world.ts'
import { type Pool, type PoolSettings, poolArn } from '../pools/pool.ts'
import { completeSettings, type WantedSettings } from '../pools/settings.ts'
import { checkSettings } from '../pools/settings-rules.ts'

/**
 * What each region says for itself. AWS's list has the notices of threat protection, log export and web ACLs, too; here
 * those are the primary's everywhere.
 */
const regional = ['EmailConfiguration', 'SmsConfiguration', 'LambdaConfig', 'UserPoolTags'] as const

export type RegionalSettings = Pick<PoolSettings, (typeof regional)[number]>

export type Replica = {
  readonly poolId: string
  readonly region: string
  readonly status: 'ACTIVE' | 'INACTIVE'
  readonly settings: RegionalSettings
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly modifiedAt: number
}

/** unproved: that these begin as a new pool's do; AWS asks to look them over before the replica is activated. */
export function regionalSettings(wanted: WantedSettings): RegionalSettings {
  const { EmailConfiguration, LambdaConfig, SmsConfiguration, UserPoolTags } = completeSettings(wanted)
  return {
    ...{ EmailConfiguration, LambdaConfig },
    ...(SmsConfiguration && { SmsConfiguration }),
    ...(UserPoolTags && { UserPoolTags }),
  }
}

/** The settings after UpdateUserPool in that region. Refuses what only the primary says. unproved: the sentences. */
export function replaceRegional(pool: Pool, region: string, account: string, wanted: WantedSettings): RegionalSettings {
  const others = Object.keys(wanted).filter((name) => !(regional as readonly string[]).includes(name))
  if (others.length > 0) refuseSecondary(`${others.join(', ')} can be changed in the primary user pool only.`)
  if (wanted.LambdaConfig?.UserMigration) refuseSecondary('A secondary user pool cannot create users.')
  const settings = regionalSettings(wanted)
  checkSettings({ wanted, settings: { ...pool.settings, ...settings }, own: [], region, account })
  return settings
}

/**
 * The pool as its replica's region has it. Its own region stays the primary's: tokens have one issuer. AWS: "Multi-Region
 * OIDC issuer".
 */
export const seenThrough = (pool: Pool, { settings }: Pick<Replica, 'settings'>): Pool => {
  const { EmailConfiguration, SmsConfiguration, LambdaConfig, UserPoolTags, ...shared } = pool.settings
  return { ...pool, settings: { ...shared, ...settings } }
}

export const describePrimary = (settings: Settings, { id, region }: Pool): UserPoolReplicaType => ({
  ...{ RegionName: region, Status: 'ACTIVE', Role: 'PRIMARY' },
  UserPoolArn: poolArn(settings, { id, region }),
})

export const describeReplica = (
  settings: Settings,
  { poolId: id, region, status }: Pick<Replica, 'poolId' | 'region'> & { status: Replica['status'] | 'DELETING' },
): UserPoolReplicaType => ({
  ...{ RegionName: region, Status: status, Role: 'SECONDARY' },
  UserPoolArn: poolArn(settings, { id, region }),
})

export const refuseSecondary: (message: string) => never = (message) => fail('OperationNotEnabledException', message)

/** AWS: "only administrator operations that set configurations specific to the replica", and those that read. */
const configures = new Set(['UpdateUserPool', 'TagResource', 'UntagResource', 'UpdateUserPoolReplica'])
const reads = /^(Admin)?(Describe|Get|List)[A-Z]/

/** AWS: "only end-user operations that do not create or change attributes of a user", and those while it is ACTIVE. */
const signsIn = new Set(['AdminInitiateAuth', 'AdminRespondToAuthChallenge'])

/** unproved: these two change the user; that authenticator apps are not asked for is reported of AWS. */
const onlyInPrimary = new Set(['NEW_PASSWORD_REQUIRED', 'MFA_SETUP', 'SOFTWARE_TOKEN_MFA'])

/** Refuses what a replica does not do. unproved: which of AWS's operations fall under its rule, and the sentences. */
export function checkSecondary(operation: string, request: { ChallengeName?: unknown }, { status }: Replica): void {
  if (signsIn.has(operation)) {
    if (status !== 'ACTIVE') refuseSecondary('The user pool replica is not active.')
    if (onlyInPrimary.has(String(request.ChallengeName)))
      refuseSecondary(`${request.ChallengeName} can be answered in the primary user pool only.`)
  } else if (!configures.has(operation) && !reads.test(operation))
    refuseSecondary(`${operation} is not available in a secondary user pool.`)
}
