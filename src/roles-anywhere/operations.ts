/**
 * IAM Roles Anywhere: X.509 certificates for temporary credentials.
 *
 * The index of its slices. AWS: IAM Roles Anywhere API Reference.
 */
import type { Operation } from '../wire/operation.ts'
import { operations as crls } from './crls/operations.ts'
import { operations as profiles } from './profiles/operations.ts'
import { operations as tags } from './resources/operations.ts'
import { operations as sessions } from './sessions/operations.ts'
import { operations as subjects } from './subjects/operations.ts'
import { operations as anchors } from './trust-anchors/operations.ts'

export const operations: Operation[] = [...sessions, ...anchors, ...profiles, ...crls, ...subjects, ...tags]
