/** Every trigger: its name in LambdaConfig, its sources, what it is sent and what is read of its answer. One row each. */
import type { Json, ReadMembers, Shapes } from './shape.ts'

export type Text = Readonly<Record<string, string>>

/** One step of a custom sign-in so far. */
export type Step = {
  readonly challengeName: string
  readonly challengeResult: boolean
  readonly challengeMetadata: string | null
}

/** The types of what functions are sent, by name. */
export type Sendable = {
  userAttributes: Text
  validationData: Text
  clientMetadata: Text
  userNotFound: boolean
  newDeviceUsed: boolean
  session: readonly Step[]
  challengeName: string
  privateChallengeParameters: Text
  challengeAnswer: string
  password: string
  codeParameter: string
  linkParameter: string
  usernameParameter: string
  groupConfiguration: {
    readonly groupsToOverride: readonly string[]
    readonly iamRolesToOverride: readonly string[]
    readonly preferredRole: string | null
  }
  scopes: readonly string[]
  type: string
  code: string
  providerName: string
  providerType: string
  attributes: Readonly<Record<string, Json>>
}

/** How a member is sent that nobody gave: not at all, or as null; `always` is given by the compiler's order. */
type Presence = 'always' | 'null' | 'omitted'

export type Row = {
  /** The member of LambdaConfig, and the name in error texts. */
  readonly config:
    | 'PreSignUp'
    | 'PostConfirmation'
    | 'PreAuthentication'
    | 'PostAuthentication'
    | 'DefineAuthChallenge'
    | 'CreateAuthChallenge'
    | 'VerifyAuthChallengeResponse'
    | 'PreTokenGeneration'
    | 'UserMigration'
    | 'CustomMessage'
    | 'CustomEmailSender'
    | 'CustomSMSSender'
    | 'InboundFederation'
  readonly version: '1' | '2' | '3'
  readonly sources: readonly string[]
  /** In the order of the event. */
  readonly request: { readonly [Name in keyof Sendable]?: Presence }
  /** The response as it is sent, to be filled in. */
  readonly skeleton: Readonly<Record<string, null | false | Readonly<Record<string, never>>>>
  readonly response: Shapes
}

const text = 'string'
const textMap = { map: 'string' } as const
const textList = { list: 'string' } as const

/** Null takes the groups away; not to mention them leaves them. */
const groups = {
  nullable: { members: { groupsToOverride: textList, iamRolesToOverride: textList, preferredRole: text } },
} as const

const tokenSources = [
  'TokenGeneration_HostedAuth',
  'TokenGeneration_Authentication',
  'TokenGeneration_NewPasswordChallenge',
  'TokenGeneration_AuthenticateDevice',
  'TokenGeneration_RefreshTokens',
] as const

const claimsAndScopes = {
  claimsAndScopeOverrideDetails: {
    members: {
      idTokenGeneration: { members: { claimsToAddOrOverride: { map: 'json' }, claimsToSuppress: textList } },
      accessTokenGeneration: {
        members: {
          claimsToAddOrOverride: { map: 'json' },
          claimsToSuppress: textList,
          scopesToAdd: textList,
          scopesToSuppress: textList,
        },
      },
      groupOverrideDetails: groups,
    },
  },
} as const

/** AWS: "Custom sender Lambda triggers": e-mail has one source more. */
const senderSources = <Name extends string>(name: Name) =>
  [
    `${name}_SignUp`,
    `${name}_Authentication`,
    `${name}_ForgotPassword`,
    `${name}_ResendCode`,
    `${name}_UpdateUserAttribute`,
    `${name}_VerifyUserAttribute`,
    `${name}_AdminCreateUser`,
  ] as const

/**
 * AWS: "Customizing user pool workflows with Lambda triggers" and a page for each trigger.
 * unproved: that clientMetadata, userNotFound, scopes and linkParameter are left out where there are none, while
 * validationData, usernameParameter and the empty answer are null; so in events that were logged and published.
 */
export const triggers = {
  PreSignUp: {
    config: 'PreSignUp',
    version: '1',
    sources: ['PreSignUp_SignUp', 'PreSignUp_AdminCreateUser', 'PreSignUp_ExternalProvider'],
    request: { userAttributes: 'always', validationData: 'null', clientMetadata: 'omitted' },
    skeleton: { autoConfirmUser: false, autoVerifyEmail: false, autoVerifyPhone: false },
    response: { autoConfirmUser: 'boolean', autoVerifyEmail: 'boolean', autoVerifyPhone: 'boolean' },
  },
  PostConfirmation: {
    config: 'PostConfirmation',
    version: '1',
    sources: ['PostConfirmation_ConfirmSignUp', 'PostConfirmation_ConfirmForgotPassword'],
    request: { userAttributes: 'always', clientMetadata: 'omitted' },
    skeleton: {},
    response: {},
  },
  PreAuthentication: {
    config: 'PreAuthentication',
    version: '1',
    sources: ['PreAuthentication_Authentication'],
    request: { userAttributes: 'always', validationData: 'null', userNotFound: 'omitted' },
    skeleton: {},
    response: {},
  },
  PostAuthentication: {
    config: 'PostAuthentication',
    version: '1',
    sources: ['PostAuthentication_Authentication'],
    request: { userAttributes: 'always', newDeviceUsed: 'omitted', clientMetadata: 'omitted' },
    skeleton: {},
    response: {},
  },
  DefineAuthChallenge: {
    config: 'DefineAuthChallenge',
    version: '1',
    sources: ['DefineAuthChallenge_Authentication'],
    request: { userAttributes: 'always', session: 'always', clientMetadata: 'omitted', userNotFound: 'omitted' },
    skeleton: { challengeName: null, issueTokens: null, failAuthentication: null },
    response: { challengeName: text, issueTokens: 'boolean', failAuthentication: 'boolean' },
  },
  CreateAuthChallenge: {
    config: 'CreateAuthChallenge',
    version: '1',
    sources: ['CreateAuthChallenge_Authentication'],
    request: {
      userAttributes: 'always',
      challengeName: 'always',
      session: 'always',
      clientMetadata: 'omitted',
      userNotFound: 'omitted',
    },
    skeleton: { publicChallengeParameters: null, privateChallengeParameters: null, challengeMetadata: null },
    response: { publicChallengeParameters: textMap, privateChallengeParameters: textMap, challengeMetadata: text },
  },
  VerifyAuthChallengeResponse: {
    config: 'VerifyAuthChallengeResponse',
    version: '1',
    sources: ['VerifyAuthChallengeResponse_Authentication'],
    request: {
      userAttributes: 'always',
      privateChallengeParameters: 'null',
      challengeAnswer: 'always',
      clientMetadata: 'omitted',
      userNotFound: 'omitted',
    },
    skeleton: { answerCorrect: null },
    response: { answerCorrect: 'boolean' },
  },
  UserMigration: {
    config: 'UserMigration',
    version: '1',
    sources: ['UserMigration_Authentication', 'UserMigration_ForgotPassword'],
    request: { password: 'omitted', validationData: 'null', clientMetadata: 'omitted' },
    skeleton: {
      userAttributes: null,
      finalUserStatus: null,
      messageAction: null,
      desiredDeliveryMediums: null,
      forceAliasCreation: null,
      enableSMSMFA: null,
    },
    response: {
      userAttributes: textMap,
      finalUserStatus: text,
      messageAction: text,
      desiredDeliveryMediums: textList,
      forceAliasCreation: 'boolean',
      enableSMSMFA: 'boolean',
    },
  },
  CustomMessage: {
    config: 'CustomMessage',
    version: '1',
    sources: [
      'CustomMessage_SignUp',
      'CustomMessage_AdminCreateUser',
      'CustomMessage_ResendCode',
      'CustomMessage_ForgotPassword',
      'CustomMessage_UpdateUserAttribute',
      'CustomMessage_VerifyUserAttribute',
      'CustomMessage_Authentication',
    ],
    request: {
      userAttributes: 'always',
      codeParameter: 'always',
      usernameParameter: 'null',
      linkParameter: 'omitted',
      clientMetadata: 'omitted',
    },
    skeleton: { smsMessage: null, emailMessage: null, emailSubject: null },
    response: { smsMessage: text, emailMessage: text, emailSubject: text },
  },
  PreTokenGeneration: {
    config: 'PreTokenGeneration',
    version: '1',
    sources: tokenSources,
    request: { userAttributes: 'always', groupConfiguration: 'always', clientMetadata: 'omitted' },
    skeleton: { claimsOverrideDetails: null },
    response: {
      claimsOverrideDetails: {
        members: { claimsToAddOrOverride: textMap, claimsToSuppress: textList, groupOverrideDetails: groups },
      },
    },
  },
  PreTokenGenerationV2: {
    config: 'PreTokenGeneration',
    version: '2',
    sources: tokenSources,
    request: { userAttributes: 'always', scopes: 'always', groupConfiguration: 'always', clientMetadata: 'omitted' },
    skeleton: { claimsAndScopeOverrideDetails: null },
    response: claimsAndScopes,
  },
  PreTokenGenerationV3: {
    config: 'PreTokenGeneration',
    version: '3',
    sources: [...tokenSources, 'TokenGeneration_ClientCredentials'],
    request: { userAttributes: 'always', scopes: 'always', groupConfiguration: 'always', clientMetadata: 'omitted' },
    skeleton: { claimsAndScopeOverrideDetails: null },
    response: claimsAndScopes,
  },
  CustomEmailSender: {
    config: 'CustomEmailSender',
    version: '1',
    sources: [...senderSources('CustomEmailSender'), 'CustomEmailSender_AccountTakeOverNotification'],
    request: { type: 'always', code: 'null', clientMetadata: 'null', userAttributes: 'always' },
    skeleton: {},
    response: {},
  },
  CustomSMSSender: {
    config: 'CustomSMSSender',
    version: '1',
    sources: senderSources('CustomSMSSender'),
    request: { type: 'always', code: 'null', clientMetadata: 'null', userAttributes: 'always' },
    skeleton: {},
    response: {},
  },
  InboundFederation: {
    config: 'InboundFederation',
    version: '1',
    sources: ['InboundFederation_ExternalProvider'],
    request: { providerName: 'always', providerType: 'always', attributes: 'always' },
    skeleton: { userAttributesToMap: {} },
    // Functions hand on what they were given, numbers of userInfo among it.
    response: { userAttributesToMap: { map: 'json' } },
  },
} as const satisfies Readonly<Record<string, Row>>

export type Trigger = keyof typeof triggers
export type SourceOf<T extends Trigger> = (typeof triggers)[T]['sources'][number]

type Requests<T extends Trigger> = (typeof triggers)[T]['request']
type Always<R> = { [Name in keyof R]: R[Name] extends 'always' ? Name : never }[keyof R]

/** What the caller of a trigger must say, and may. */
export type RequestOf<T extends Trigger> = Readonly<
  Pick<Sendable, Always<Requests<T>> & keyof Sendable> & {
    [Name in Exclude<keyof Requests<T>, Always<Requests<T>>> & keyof Sendable]?: Sendable[Name] | undefined
  }
>

export type ResponseOf<T extends Trigger> = ReadMembers<(typeof triggers)[T]['response']>
