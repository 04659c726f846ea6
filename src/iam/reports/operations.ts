/**
 * What is in the account: numbers, everybody with their policies, and who has which credentials.
 *
 * Owns no table and changes nothing. AWS: IAM API Reference.
 */
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { account } from '../entity-door.ts'
import { quotas } from '../policies/documents.ts'
import { signingCertificatesPerUser } from '../public-keys/keys.ts'
import { credentialReport } from './credential-report.ts'
import { authorizationDetails } from './details.ts'
import { countEntities } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

/** What there can be none of is zero. */
export const GetAccountSummary = operation('GetAccountSummary', account, async (_, { world }) => {
  const counts = await countEntities(world.db, world.settings.account)
  const count = (name: string) => counts[name] ?? 0
  return {
    SummaryMap: {
      Users: count('users'),
      UsersQuota: quotas.usersPerAccount,
      Groups: count('groups'),
      GroupsQuota: quotas.groupsPerAccount,
      GroupsPerUserQuota: quotas.groupsPerUser,
      Roles: count('roles'),
      RolesQuota: quotas.rolesPerAccount,
      Policies: count('policies'),
      PoliciesQuota: quotas.policiesPerAccount,
      PolicySizeQuota: quotas.managedPolicy,
      PolicyVersionsInUse: count('versions'),
      PolicyVersionsInUseQuota: quotas.policiesPerAccount * quotas.versionsPerPolicy,
      VersionsPerPolicyQuota: quotas.versionsPerPolicy,
      UserPolicySizeQuota: quotas.inline.user,
      GroupPolicySizeQuota: quotas.inline.group,
      RolePolicySizeQuota: quotas.inline.role,
      AssumeRolePolicySizeQuota: quotas.trust,
      AttachedPoliciesPerUserQuota: quotas.attached.user,
      AttachedPoliciesPerGroupQuota: quotas.attached.group,
      AttachedPoliciesPerRoleQuota: quotas.attached.role,
      AccessKeysPerUserQuota: quotas.keysPerUser,
      MFADevices: count('devices'),
      MFADevicesInUse: count('devicesInUse'),
      Providers: count('providers'),
      AccountMFAEnabled: 0,
      // The root keys of the settings.
      AccountAccessKeysPresent: world.rootKeys.size > 0 ? 1 : 0,
      AccountPasswordPresent: 0,
      AccountSigningCertificatesPresent: 0,
      SigningCertificatesPerUserQuota: signingCertificatesPerUser,
      ServerCertificates: count('serverCertificates'),
      ServerCertificatesQuota: quotas.serverCertificatesPerAccount,
      InstanceProfiles: count('profiles'),
      InstanceProfilesQuota: quotas.profilesPerAccount,
      GlobalEndpointTokenVersion: 2,
    },
  }
})

export const GetAccountAuthorizationDetails = operation('GetAccountAuthorizationDetails', account, (input, context) =>
  authorizationDetails(context, input),
)

/** The report is made when it is fetched: it is always complete. */
export const GenerateCredentialReport = operation('GenerateCredentialReport', account, () => ({
  State: 'COMPLETE' as const,
}))

export const GetCredentialReport = operation('GetCredentialReport', account, async (_, { world }) => ({
  Content: Buffer.from(await credentialReport(world)),
  ReportFormat: 'text/csv' as const,
  GeneratedTime: new Date(world.now()),
}))

export const operations: Operation[] = [
  ...[GetAccountSummary, GetAccountAuthorizationDetails, GenerateCredentialReport, GetCredentialReport],
]
