/** Every operation of Cognito Sync, gathered from its slices. */
import type { Operation } from '../wire/operation.ts'
import { operations as datasets } from './datasets/operations.ts'
import { operations as pools } from './pools/operations.ts'
import { operations as push } from './push/operations.ts'

export const operations: readonly Operation[] = [...datasets, ...pools, ...push]
