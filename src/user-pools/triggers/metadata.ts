/** Which function sees the ClientMetadata and ValidationData of which operation. Neither is stored anywhere. */
import type { Row, Text } from './table.ts'

type Name = Row['config']
type Routing = { readonly clientMetadata?: readonly Name[]; readonly validationData?: readonly Name[] }

const challenge: Routing = {
  clientMetadata: [
    'PostAuthentication',
    'CustomMessage',
    'PreTokenGeneration',
    'DefineAuthChallenge',
    'CreateAuthChallenge',
    'VerifyAuthChallengeResponse',
    'CustomEmailSender',
    'CustomSMSSender',
    'UserMigration',
    'PreSignUp',
  ],
}
const begin: Routing = { validationData: ['PreAuthentication', 'UserMigration', 'PreSignUp'] }
const confirmation: Routing = { clientMetadata: ['PostConfirmation'] }
/** unproved: that custom senders see what CustomMessage sees. */
const message: Routing = { clientMetadata: ['CustomMessage', 'CustomEmailSender', 'CustomSMSSender'] }
const tokens: Routing = { clientMetadata: ['PreTokenGeneration'] }

const messageAnd = (...names: readonly Name[]): Routing => ({
  clientMetadata: [...(message.clientMetadata ?? []), ...names],
})

/** AWS: the ClientMetadata paragraph of each operation in the API reference. */
const routes = {
  InitiateAuth: begin,
  AdminInitiateAuth: begin,
  RespondToAuthChallenge: challenge,
  AdminRespondToAuthChallenge: challenge,
  SignUp: { ...messageAnd('PreSignUp', 'PostConfirmation'), validationData: ['PreSignUp'] },
  AdminCreateUser: { ...messageAnd('PreSignUp'), validationData: ['PreSignUp'] },
  ConfirmSignUp: confirmation,
  AdminConfirmSignUp: confirmation,
  ConfirmForgotPassword: confirmation,
  ForgotPassword: messageAnd('PreSignUp', 'UserMigration'),
  AdminResetUserPassword: message,
  AdminUpdateUserAttributes: message,
  UpdateUserAttributes: message,
  GetUserAttributeVerificationCode: message,
  ResendConfirmationCode: message,
  GetTokensFromRefreshToken: tokens,
  GetClientToken: tokens,
} as const satisfies Readonly<Record<string, Routing>>

export type MetadataOperation = keyof typeof routes

/** What the caller of an operation sent along for functions. */
export type Metadata = {
  readonly ClientMetadata?: Readonly<Record<string, string>> | undefined
  readonly ValidationData?: readonly { Name: string; Value?: string | undefined }[] | undefined
}

const asText = (list: Metadata['ValidationData']): Text | undefined =>
  list && Object.fromEntries(list.map(({ Name, Value }) => [Name, Value ?? '']))

/** The two members of the trigger's request, as far as the operation gives them to it. */
export function metadataFor(
  operation: MetadataOperation,
  trigger: Name,
  sent: Metadata,
): { clientMetadata?: Text | undefined; validationData?: Text | undefined } {
  const routing: Routing = routes[operation]
  // A sign-in has one map for both: what reaches a function before the challenges is its validation data.
  const validation = asText(sent.ValidationData) ?? (routing === begin ? sent.ClientMetadata : undefined)
  return {
    ...(routing.clientMetadata?.includes(trigger) && { clientMetadata: sent.ClientMetadata }),
    ...(routing.validationData?.includes(trigger) && { validationData: validation }),
  }
}
