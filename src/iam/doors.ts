/** Who may call IAM: whoever signed and is allowed `iam:<operation>` on the entity that the call is about. */
import type { Context, Door } from '../wire/operation.ts'
import { authorize } from './authorize.ts'
import { findPolicy, noSuchPolicy } from './policies/managed.ts'
import { type ManagedPolicy, policyArn } from './policies/managed-policy.ts'
import type { Keys } from './request-context.ts'
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

type OfRole = { RoleName: string } & Tagging

async function admitRole(request: OfRole, context: Context, more: Keys = {}): Promise<{ role: Role }> {
  const { world } = context
  const found = await findRole(world, request.RoleName)
  await authorize(context, {
    action: actionOf(context),
    resource: roleArn(world.settings, found ?? { name: request.RoleName, path: '/' }),
    more: { ...resourceTagKeys(found?.tags), ...taggingKeys(request), ...more },
  })
  return { role: found ?? noSuchRole(request.RoleName) }
}

const resourceTagKeys = (tags: readonly Tag[] = []) => ({
  ...tagKeys('aws:ResourceTag', tags),
  ...tagKeys('iam:ResourceTag', tags),
})

/** A role by its name. Whoever may not ask learns nothing of whether it exists. */
export const role: Door<OfRole, { role: Role }> = {
  signed: true,
  admit: (request, context) => admitRole(request, context),
}

/** A role that a policy is attached to or detached from. */
export const attachable: Door<OfRole & { PolicyArn: string }, { role: Role }> = {
  signed: true,
  admit: (request, context) => admitRole(request, context, { 'iam:PolicyARN': request.PolicyArn }),
}

/** A managed policy that is to be. */
export const newPolicy: Door<{ PolicyName: string; Path?: string } & Tagging, object> = {
  signed: true,
  async admit(request, context) {
    const { PolicyName: name, Path: path = '/' } = request
    const resource = policyArn(context.world.settings, { name, path })
    await authorize(context, { action: actionOf(context), resource, more: taggingKeys(request) })
    return {}
  },
}

/** A managed policy by its ARN. */
export const policy: Door<{ PolicyArn: string } & Tagging, { policy: ManagedPolicy }> = {
  signed: true,
  async admit(request, context) {
    const { PolicyArn: resource } = request
    const found = await findPolicy(context.world, resource)
    const more = { ...resourceTagKeys(found?.tags), ...taggingKeys(request) }
    await authorize(context, { action: actionOf(context), resource, more })
    return { policy: found ?? noSuchPolicy(resource) }
  },
}
