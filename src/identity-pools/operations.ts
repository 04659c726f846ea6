/** Every operation of identity pools that Poolhouse has. */
import type { Operation } from '../wire/operation.ts'
import { operations as credentials } from './credentials/operations.ts'
import { operations as developers } from './developers/operations.ts'
import { operations as identities } from './identities/operations.ts'
import { operations as pools } from './pools/operations.ts'
import { operations as roles } from './roles/operations.ts'

export const operations: readonly Operation[] = [...pools, ...identities, ...roles, ...credentials, ...developers]
