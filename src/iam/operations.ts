/** Every operation of IAM that there is. AWS: IAM API Reference. */
import type { Operation } from '../wire/operation.ts'
import { operations as accessKeys } from './access-keys/operations.ts'
import { operations as account } from './account/operations.ts'
import { operations as delegationRequests } from './delegation-requests/operations.ts'
import { operations as groups } from './groups/operations.ts'
import { operations as instanceProfiles } from './instance-profiles/operations.ts'
import { operations as loginProfiles } from './login-profiles/operations.ts'
import { operations as mfaDevices } from './mfa-devices/operations.ts'
import { operations as oidcProviders } from './oidc-providers/operations.ts'
import { operations as organizationsFeatures } from './organizations-features/operations.ts'
import { operations as outbound } from './outbound/operations.ts'
import { operations as policies } from './policies/operations.ts'
import { operations as publicKeys } from './public-keys/operations.ts'
import { operations as reports } from './reports/operations.ts'
import { operations as roles } from './roles/operations.ts'
import { operations as samlProviders } from './saml-providers/operations.ts'
import { operations as serverCertificates } from './server-certificates/operations.ts'
import { operations as serviceAccess } from './service-access/operations.ts'
import { operations as simulation } from './simulation/operations.ts'
import { operations as users } from './users/operations.ts'

export const operations: Operation[] = [
  ...[...users, ...groups, ...roles, ...instanceProfiles, ...policies],
  ...[...accessKeys, ...loginProfiles, ...mfaDevices, ...publicKeys, ...serverCertificates],
  ...[...oidcProviders, ...samlProviders, ...outbound, ...account, ...reports, ...simulation, ...serviceAccess],
  ...[...organizationsFeatures, ...delegationRequests],
]
