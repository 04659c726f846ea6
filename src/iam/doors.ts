/** Who may call IAM: whoever signed and is allowed `iam:<operation>` on the entity that the call is about. */
import type { Context, Door } from '../wire/operation.ts'
import { authorize } from './authorize.ts'
import { noSuchRole } from './roles/changes.ts'
import { findRole } from './roles/find.ts'
import { type Role, roleArn } from './roles/role.ts'
import { requestTagKeys, type Tag, tagKeys } from './tags.ts'

type Tagging = { Tags?: readonly Tag[]; TagKeys?: readonly string[] }

const actionOf = ({ operation }: Context) => `iam:${operation}`

const taggingKeys = ({ Tags, TagKeys }: Tagging) => ({
  ...requestTagKeys(Tags),
  ...(TagKeys && TagKeys.length > 0 && { 'aws:TagKeys': TagKeys }),
})

/** Calls about no entity in particular. */
export const account: Door<object, object> = {
  signed: true,
  async admit(_, context) {
    await authorize(context, { action: actionOf(context), resource: '*' })
    return {}
  },
}

/** A role that is to be. */
export const newRole: Door<{ RoleName: string; Path?: string; PermissionsBoundary?: string } & Tagging, object> = {
  signed: true,
  async admit(request, context) {
    const { RoleName: name, Path: path = '/', PermissionsBoundary: boundary } = request
    await authorize(context, {
      action: actionOf(context),
      resource: roleArn(context.world.settings, { name, path }),
      more: { ...taggingKeys(request), ...(boundary !== undefined && { 'iam:PermissionsBoundary': boundary }) },
    })
    return {}
  },
}

/** A role by its name. Whoever may not ask learns nothing of whether it exists. */
export const role: Door<{ RoleName: string } & Tagging, { role: Role }> = {
  signed: true,
  async admit(request, context) {
    const { world } = context
    const found = await findRole(world, request.RoleName)
    const tags = found?.tags ?? []
    await authorize(context, {
      action: actionOf(context),
      resource: roleArn(world.settings, found ?? { name: request.RoleName, path: '/' }),
      more: { ...tagKeys('aws:ResourceTag', tags), ...tagKeys('iam:ResourceTag', tags), ...taggingKeys(request) },
    })
    return { role: found ?? noSuchRole(request.RoleName) }
  },
}
