/** A role as the answers show it. */
import type { World } from '../../world.ts'
import { encodeDocument } from '../policies/documents.ts'
import { type Role, roleArn } from './role.ts'

export const describeRole = ({ settings }: Pick<World, 'settings'>, one: Role) => ({
  Path: one.path,
  RoleName: one.name,
  RoleId: one.id,
  Arn: roleArn(settings, one),
  CreateDate: new Date(one.createdAt),
  AssumeRolePolicyDocument: encodeDocument(one.trust),
  Description: one.description,
  MaxSessionDuration: one.longestSession,
})
