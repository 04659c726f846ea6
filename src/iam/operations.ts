/** Every operation of IAM that there is. AWS: IAM API Reference. */
import type { Operation } from '../wire/operation.ts'
import { operations as managed } from './policies/operations.ts'
import { operations as roles } from './roles/operations.ts'

export const operations: Operation[] = [...roles, ...managed]
