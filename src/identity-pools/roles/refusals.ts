/** How a role is refused: to the one who may not have it, and to everyone where the pool offers none. */
import { fail } from '../../wire/errors.ts'

/** Everything that keeps a pool from giving credentials; the reason is for the log. */
export const refuseConfiguration = (detail: string): never =>
  fail(
    'InvalidIdentityPoolConfigurationException',
    'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
    { detail },
  )

/** AWS: SetIdentityPoolRoles. unproved: that GetCredentialsForIdentity has the same sentence for a role that may not be chosen. */
export const refuseRole = (arn: string): never =>
  fail('NotAuthorizedException', `Access to Role '${arn}' is forbidden.`)
