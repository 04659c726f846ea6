/** What an app client is: how long its tokens live and which sign-in flows it may use. */
import type { UserPoolClientType } from '@aws-sdk/client-cognito-identity-provider'
import type { Given } from '../../wire/operation.ts'

type NoSetting = 'UserPoolId' | 'ClientId' | 'ClientName' | 'ClientSecret' | 'CreationDate' | 'LastModifiedDate'

type Described = Given<UserPoolClientType>

/** The members with a default: every client has them. */
type Defaulted =
  | 'RefreshTokenValidity'
  | 'TokenValidityUnits'
  | 'EnableTokenRevocation'
  | 'EnablePropagateAdditionalUserContextData'
  | 'AuthSessionValidity'
  | 'AllowedOAuthFlowsUserPoolClient'

export type ClientSettings = Omit<Described, NoSetting | Defaulted> & Required<Pick<Described, Defaulted>>

/** Settings are shared by everyone who reads them, and frozen. */
export type Client = {
  readonly poolId: string
  readonly id: string
  readonly name: string
  /** In AWS's spelling: what was set, and the defaults of what was not. */
  readonly settings: ClientSettings
  /** In clear, newest first, two at most; none for a public client. */
  readonly secrets: readonly string[]
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
}

const unitMs = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 }

type Validities = Pick<
  Described,
  'AccessTokenValidity' | 'IdTokenValidity' | 'RefreshTokenValidity' | 'TokenValidityUnits'
>

/** How long tokens live, in milliseconds. AWS: API_CreateUserPoolClient, the *TokenValidity members. */
export function lifetimesOf(settings: Validities): { access: number; id: number; refresh: number } {
  const units = settings.TokenValidityUnits
  return {
    access: settings.AccessTokenValidity
      ? settings.AccessTokenValidity * unitMs[units?.AccessToken ?? 'hours']
      : unitMs.hours,
    id: settings.IdTokenValidity ? settings.IdTokenValidity * unitMs[units?.IdToken ?? 'hours'] : unitMs.hours,
    refresh: settings.RefreshTokenValidity
      ? settings.RefreshTokenValidity * unitMs[units?.RefreshToken ?? 'days']
      : 30 * unitMs.days,
  }
}

export const lifetimes = (client: Pick<Client, 'settings'>) => lifetimesOf(client.settings)

export type AllowedFlow =
  | 'ALLOW_ADMIN_USER_PASSWORD_AUTH'
  | 'ALLOW_CUSTOM_AUTH'
  | 'ALLOW_USER_PASSWORD_AUTH'
  | 'ALLOW_USER_SRP_AUTH'
  | 'ALLOW_REFRESH_TOKEN_AUTH'
  | 'ALLOW_USER_AUTH'
  | 'ALLOW_CLIENT_TOKEN_AUTH'

/** For machines: alone on its client, and never a way for users to sign in. */
export const clientTokenFlow = 'ALLOW_CLIENT_TOKEN_AUTH'

const whenUnset: readonly string[] = ['ALLOW_REFRESH_TOKEN_AUTH', 'ALLOW_USER_SRP_AUTH', 'ALLOW_CUSTOM_AUTH']

/** What the names of before ALLOW_* allow. unproved: that SRP, custom and refresh stay open beside the first two. */
const legacy: Readonly<Record<string, readonly string[]>> = {
  ADMIN_NO_SRP_AUTH: [...whenUnset, 'ALLOW_ADMIN_USER_PASSWORD_AUTH'],
  USER_PASSWORD_AUTH: [...whenUnset, 'ALLOW_USER_PASSWORD_AUTH'],
  CUSTOM_AUTH_FLOW_ONLY: ['ALLOW_CUSTOM_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
}

/** Whether the client may use the flow, whichever generation of names it was set up with. */
export function allowsFlow(
  client: { readonly settings: Pick<Described, 'ExplicitAuthFlows'> },
  flow: AllowedFlow,
): boolean {
  const given: readonly string[] = client.settings.ExplicitAuthFlows ?? []
  if (given.length === 0) return whenUnset.includes(flow)
  if (given.includes('CUSTOM_AUTH_FLOW_ONLY')) return legacy['CUSTOM_AUTH_FLOW_ONLY']?.includes(flow) ?? false
  return given.some((name) => name === flow || legacy[name]?.includes(flow))
}

/** Whether a sign-in through the client may prove the password by SRP, alone or as part of another flow. */
export const mayUseSrp = (client: { readonly settings: Pick<Described, 'ExplicitAuthFlows'> }): boolean =>
  allowsFlow(client, 'ALLOW_USER_SRP_AUTH') ||
  allowsFlow(client, 'ALLOW_USER_AUTH') ||
  allowsFlow(client, 'ALLOW_CUSTOM_AUTH')
