/** An identity pool as the rules see it, and its ARN. */
import type { IdentityPool, RoleMapping } from '@aws-sdk/client-cognito-identity'
import type { Settings } from '../../world.ts'

/** AWS's spelling; what was never set is absent. */
export type PoolSettings = Omit<IdentityPool, 'IdentityPoolId' | 'IdentityPoolName'>

export type PoolRoles = {
  readonly Roles?: Readonly<Record<string, string>>
  /** By provider, in the form that was given. */
  readonly RoleMappings?: Readonly<Record<string, RoleMapping>>
}

export type TagMap = { readonly UseDefaults?: boolean; readonly PrincipalTags?: Readonly<Record<string, string>> }

export type Pool = {
  readonly id: string
  readonly region: string
  readonly name: string
  readonly settings: PoolSettings
  readonly roles: PoolRoles
  /** By the canonical name of the provider. */
  readonly tagMaps: Readonly<Record<string, TagMap>>
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

export const poolArn = ({ account }: Pick<Settings, 'account'>, pool: Pick<Pool, 'id' | 'region'>): string =>
  `arn:aws:cognito-identity:${pool.region}:${account}:identitypool/${pool.id}`
