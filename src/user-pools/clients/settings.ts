/** What an app client's settings are once AWS's defaults are filled in. AWS: API_CreateUserPoolClient. */
import type { CreateUserPoolClientRequest } from '@aws-sdk/client-cognito-identity-provider'
import type { Given } from '../../wire/operation.ts'
import type { ClientSettings } from './client.ts'

/** What CreateUserPoolClient and UpdateUserPoolClient may say, apart from names and secrets. */
export type WantedClient = Omit<
  Given<CreateUserPoolClientRequest>,
  'UserPoolId' | 'ClientName' | 'GenerateSecret' | 'ClientSecret'
>

/** UpdateUserPoolClient too starts from the defaults: what it leaves out returns to them. */
export const completeClient = (wanted: WantedClient): ClientSettings => ({
  ...omitEmpty(wanted),
  // Zero means the default.
  RefreshTokenValidity: wanted.RefreshTokenValidity || 30,
  TokenValidityUnits: wanted.TokenValidityUnits ?? {},
  AuthSessionValidity: wanted.AuthSessionValidity ?? 3,
  EnableTokenRevocation: wanted.EnableTokenRevocation ?? true,
  EnablePropagateAdditionalUserContextData: wanted.EnablePropagateAdditionalUserContextData ?? false,
  AllowedOAuthFlowsUserPoolClient: wanted.AllowedOAuthFlowsUserPoolClient ?? false,
  ...(wanted.RefreshTokenRotation && {
    RefreshTokenRotation: { RetryGracePeriodSeconds: 0, ...wanted.RefreshTokenRotation },
  }),
})

/** AWS answers an empty list by leaving it out. */
const omitEmpty = (wanted: WantedClient): WantedClient =>
  Object.fromEntries(Object.entries(wanted).filter(([, value]) => !(Array.isArray(value) && value.length === 0)))
