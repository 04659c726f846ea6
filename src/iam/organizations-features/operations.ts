/**
 * Centralized root access, on and off: whether STS's AssumeRoot gives sessions of the root user.
 *
 * Owns table organizations_features. Never makes a session (sts does). Both features are off until somebody turns them on.
 * AWS: IAM User Guide, "Centralize root access for member accounts".
 */
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { account } from '../doors.ts'
import { enabledFeatures, type Feature, organizationId } from './features.ts'
import { insertFeature, removeFeature } from './store.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

const described = async ({ world }: Context) => ({
  OrganizationId: organizationId(world.settings),
  EnabledFeatures: await enabledFeatures(world),
})

const enabling = (feature: Feature) => async (_: object, context: Context) => {
  await insertFeature(context.world.db, context.world.settings.account, feature, context.world.now())
  return described(context)
}

const disabling = (feature: Feature) => async (_: object, context: Context) => {
  await removeFeature(context.world.db, context.world.settings.account, feature)
  return described(context)
}

export const EnableOrganizationsRootSessions = operation(
  'EnableOrganizationsRootSessions',
  account,
  enabling('RootSessions'),
)

export const DisableOrganizationsRootSessions = operation(
  'DisableOrganizationsRootSessions',
  account,
  disabling('RootSessions'),
)

export const EnableOrganizationsRootCredentialsManagement = operation(
  'EnableOrganizationsRootCredentialsManagement',
  account,
  enabling('RootCredentialsManagement'),
)

export const DisableOrganizationsRootCredentialsManagement = operation(
  'DisableOrganizationsRootCredentialsManagement',
  account,
  disabling('RootCredentialsManagement'),
)

export const ListOrganizationsFeatures = operation('ListOrganizationsFeatures', account, (_, context) =>
  described(context),
)

export const operations: readonly Operation[] = [
  ...[EnableOrganizationsRootSessions, DisableOrganizationsRootSessions],
  ...[EnableOrganizationsRootCredentialsManagement, DisableOrganizationsRootCredentialsManagement],
  ListOrganizationsFeatures,
]
