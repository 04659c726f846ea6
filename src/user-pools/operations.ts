/** Every operation of the user pools API that Poolhouse has. */
import type { Operation } from '../wire/operation.ts'
import { operations as branding } from './branding/operations.ts'
import { operations as clients } from './clients/operations.ts'
import { operations as devices } from './devices/operations.ts'
import { operations as domains } from './domains/operations.ts'
import { operations as federation } from './federation/operations.ts'
import { operations as groups } from './groups/operations.ts'
import { operations as imports } from './imports/operations.ts'
import { operations as logs } from './logs/operations.ts'
import { operations as mfa } from './mfa/operations.ts'
import { operations as passkeys } from './passkeys/operations.ts'
import { operations as passwords } from './passwords/operations.ts'
import { operations as pools } from './pools/operations.ts'
import { operations as replicas } from './replicas/operations.ts'
import { operations as resourceServers } from './resource-servers/operations.ts'
import { operations as risk } from './risk/operations.ts'
import { operations as samlKeys } from './saml-keys/operations.ts'
import { operations as sessions } from './sessions/operations.ts'
import { operations as signIn } from './sign-in/operations.ts'
import { operations as signUp } from './sign-up/operations.ts'
import { operations as terms } from './terms/operations.ts'
import { operations as tokens } from './tokens/operations.ts'
import { operations as users } from './users/operations.ts'

export const operations: readonly Operation[] = [
  ...pools,
  ...replicas,
  ...clients,
  ...groups,
  ...users,
  ...imports,
  ...signUp,
  ...passwords,
  ...signIn,
  ...mfa,
  ...passkeys,
  ...tokens,
  ...resourceServers,
  ...domains,
  ...samlKeys,
  ...federation,
  ...sessions,
  ...risk,
  ...logs,
  ...devices,
  ...branding,
  ...terms,
]
