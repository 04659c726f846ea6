/** What a user pool is, to everyone who was handed one. */
import type {
  GetUserPoolMfaConfigResponse,
  GetUserPoolSessionConfigurationResponse,
  SchemaAttributeType,
  UserPoolType,
} from '@aws-sdk/client-cognito-identity-provider'
import type { Given } from '../../wire/operation.ts'
import type { Settings } from '../../world.ts'

/** One attribute a user may have, as DescribeUserPool shows it: custom ones carry their prefix. */
export type SchemaAttribute = Given<SchemaAttributeType> & { Name: string; AttributeDataType: string }

type Described = Given<UserPoolType>

/** Members of UserPoolType that are no settings: identity, dates, what is counted or looked up. */
type NoSetting =
  | 'Id'
  | 'Name'
  | 'Arn'
  | 'Status'
  | 'SchemaAttributes'
  | 'CreationDate'
  | 'LastModifiedDate'
  | 'EstimatedNumberOfUsers'
  | 'Domain'
  | 'CustomDomain'
  | 'SmsConfigurationFailure'
  | 'EmailConfigurationFailure'

/** The members with a default: every pool has them. */
type Defaulted =
  | 'DeletionProtection'
  | 'LambdaConfig'
  | 'MfaConfiguration'
  | 'EmailConfiguration'
  | 'VerificationMessageTemplate'
  | 'AdminCreateUserConfig'
  | 'UserPoolTier'

type PasswordPolicy = NonNullable<NonNullable<Described['Policies']>['PasswordPolicy']>
type SignInPolicy = NonNullable<NonNullable<Described['Policies']>['SignInPolicy']>

/** What SetUserPoolMfaConfig keeps beside the members that UserPoolType has; DescribeUserPool shows none of it. */
export type MfaSettings = Pick<
  Given<GetUserPoolMfaConfigResponse>,
  'SoftwareTokenMfaConfiguration' | 'EmailMfaConfiguration' | 'WebAuthnConfiguration'
>

/** What SetUserPoolSessionConfiguration keeps. */
export type SessionSettings = {
  SessionConfiguration?: Required<
    Pick<Given<GetUserPoolSessionConfigurationResponse>, 'UserSessionTracking' | 'TokenSession'>
  >
}

export type PoolSettings = Omit<Described, NoSetting | Defaulted | 'Policies'> &
  MfaSettings &
  SessionSettings &
  Required<Pick<Described, Defaulted>> & {
    Policies: {
      PasswordPolicy: PasswordPolicy & {
        MinimumLength: number
        RequireUppercase: boolean
        RequireLowercase: boolean
        RequireNumbers: boolean
        RequireSymbols: boolean
        TemporaryPasswordValidityDays: number
      }
      SignInPolicy: Required<SignInPolicy>
    }
  }

/** Shared by everyone who reads it, and frozen. */
export type Pool = {
  readonly id: string
  readonly region: string
  readonly name: string
  /** Epoch milliseconds, as is modifiedAt. */
  readonly createdAt: number
  readonly modifiedAt: number
  /** In AWS's spelling: what was set, and the defaults of what was not. */
  readonly settings: PoolSettings
  /** Standard attributes first, in AWS's order, then the pool's own. */
  readonly schema: readonly SchemaAttribute[]
}

export const poolArn = (settings: Pick<Settings, 'account'>, pool: Pick<Pool, 'id' | 'region'>): string =>
  `arn:aws:cognito-idp:${pool.region}:${settings.account}:userpool/${pool.id}`
