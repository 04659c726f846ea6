/** Cognito's categories of operations, and how many requests of each it takes in a second. AWS: "Quotas in Amazon Cognito". */

export const categories = {
  UserAuthentication: 120,
  UserCreation: 50,
  UserFederation: 25,
  UserAccountRecovery: 30,
  UserRead: 120,
  UserUpdate: 25,
  UserToken: 120,
  UserResourceRead: 50,
  UserResourceUpdate: 25,
  UserList: 30,
  UserPoolRead: 15,
  UserPoolUpdate: 15,
  UserPoolResourceRead: 20,
  UserPoolResourceUpdate: 15,
  UserPoolClientRead: 15,
  UserPoolClientUpdate: 15,
  ClientAuthentication: 150,
} as const

export type Category = keyof typeof categories

/** What one user's requests may be of that. */
export const perUser: Readonly<Partial<Record<Category, number>>> = { UserRead: 10, UserUpdate: 10 }

const members: Readonly<Record<Category, string>> = {
  UserAuthentication: 'AdminInitiateAuth AdminRespondToAuthChallenge InitiateAuth RespondToAuthChallenge',
  UserCreation: 'AdminConfirmSignUp AdminCreateUser ConfirmSignUp SignUp',
  // The domains' answers of providers, which are no operation of the API.
  UserFederation: 'IdpResponse',
  UserAccountRecovery: 'ChangePassword ConfirmForgotPassword ForgotPassword',
  UserRead: 'AdminGetUser GetUser GetUserAuthFactors',
  UserUpdate:
    'AdminAddUserToGroup AdminDeleteUser AdminDeleteUserAttributes AdminDisableProviderForUser AdminDisableUser ' +
    'AdminEnableUser AdminLinkProviderForUser AdminRemoveUserFromGroup AdminResetUserPassword AdminSetUserPassword ' +
    'AdminUpdateUserAttributes AdminUserGlobalSignOut DeleteUser DeleteUserAttributes GlobalSignOut ' +
    'UpdateUserAttributes VerifyUserAttribute',
  UserToken: 'GetTokensFromRefreshToken RevokeToken',
  UserResourceRead:
    'AdminGetDevice AdminListDevices AdminListGroupsForUser AdminListUserAuthEvents GetDevice ' +
    'GetUserAttributeVerificationCode ListDevices ListWebAuthnCredentials ResendConfirmationCode',
  UserResourceUpdate:
    'AdminForgetDevice AdminSetUserMFAPreference AdminSetUserSettings AdminUpdateAuthEventFeedback ' +
    'AdminUpdateDeviceStatus AssociateSoftwareToken CompleteWebAuthnRegistration ConfirmDevice ' +
    'DeleteWebAuthnCredential ForgetDevice SetUserMFAPreference SetUserSettings StartWebAuthnRegistration ' +
    'UpdateAuthEventFeedback UpdateDeviceStatus VerifySoftwareToken',
  UserList: 'ListUsers ListUsersInGroup',
  UserPoolRead: 'DescribeUserPool',
  UserPoolUpdate: 'DeleteUserPool UpdateUserPool',
  UserPoolResourceRead:
    'DescribeIdentityProvider DescribeManagedLoginBranding DescribeResourceServer DescribeRiskConfiguration ' +
    'DescribeUserImportJob GetCSVHeader GetGroup GetIdentityProviderByIdentifier GetLogDeliveryConfiguration ' +
    'GetSigningCertificate GetUICustomization GetUserPoolMfaConfig ListGroups ListIdentityProviders ' +
    'ListResourceServers ListTagsForResource ListUserImportJobs',
  UserPoolResourceUpdate:
    'AddCustomAttributes CreateGroup CreateIdentityProvider CreateResourceServer CreateUserImportJob ' +
    'CreateUserPoolDomain DeleteGroup DeleteIdentityProvider DeleteResourceServer DeleteUserPoolDomain ' +
    'SetLogDeliveryConfiguration SetRiskConfiguration SetUICustomization SetUserPoolMfaConfig StartUserImportJob ' +
    'StopUserImportJob TagResource UntagResource UpdateGroup UpdateIdentityProvider UpdateResourceServer ' +
    'UpdateUserPoolDomain',
  UserPoolClientRead: 'DescribeUserPoolClient ListUserPoolClients',
  UserPoolClientUpdate: 'CreateUserPoolClient DeleteUserPoolClient UpdateUserPoolClient',
  ClientAuthentication: 'GetClientToken',
}

const byOperation = new Map(
  Object.entries(members).flatMap(([category, names]) =>
    names.split(' ').map((name): [string, Category] => [name, category as Category]),
  ),
)

/** Undefined for what has no quota of its own. */
export const categoryOf = (operation: string): Category | undefined => byOperation.get(operation)
