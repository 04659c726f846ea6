/** The making of IAM's doors: permission is asked on the entity that a call is about, before the call learns whether it exists. */
import type { Context, Door } from '../wire/operation.ts'
import { authorize } from './authorize.ts'
import type { Keys } from './request-context.ts'
import { requestTagKeys, type Tag, tagKeys } from './tags.ts'

export type Tagging = { Tags?: readonly Tag[]; TagKeys?: readonly string[] }

const actionOf = ({ operation }: Context) => `iam:${operation}`

/** `iam:TagRole` of CreateRole. */
const taggingActionOf = ({ operation }: Context) => `iam:Tag${operation.replace(/^(?:Create|Upload)(?:Virtual)?/, '')}`

const taggingKeys = ({ Tags, TagKeys }: Tagging) => ({
  ...requestTagKeys(Tags),
  ...(TagKeys && TagKeys.length > 0 && { 'aws:TagKeys': TagKeys }),
})

export const resourceTagKeys = (tags: readonly Tag[] = []) => ({
  ...tagKeys('aws:ResourceTag', tags),
  ...tagKeys('iam:ResourceTag', tags),
})

/** Calls about no entity in particular. */
export const account: Door<object, object> = {
  signed: true,
  async admit(_, context) {
    await authorize(context, { action: actionOf(context), resource: '*' })
    return {}
  },
}

/** An entity that is to be: its ARN, and the condition keys that the wish for it brings. */
export const future = <Request extends Tagging & { PermissionsBoundary?: string }>(
  arnOf: (request: Request, account: string) => string,
): Door<Request, object> => ({
  signed: true,
  async admit(request, context) {
    const boundary = request.PermissionsBoundary
    const resource = arnOf(request, context.world.settings.account)
    const tagging = taggingKeys(request)
    await authorize(context, {
      ...{ action: actionOf(context), resource },
      more: { ...tagging, ...(boundary !== undefined && { 'iam:PermissionsBoundary': boundary }) },
    })
    // Whoever makes it with tags must be allowed to tag it: public reports of CreateRole quote the refusal.
    if (request.Tags?.length) await authorize(context, { action: taggingActionOf(context), resource, more: tagging })
    return {}
  },
})

/** How a kind of entity is found and named. */
export type Subject<Request, Entity> = {
  find(request: Request, context: Context): Promise<Entity | undefined>
  /** The ARN; of an entity that is not there, the one that it would have. */
  arn(request: Request, context: Context, found: Entity | undefined): string
  tags?(entity: Entity): readonly Tag[]
  /** Further condition keys of the action. */
  keys?(request: Request, context: Context, found: Entity | undefined): Promise<Keys> | Keys
  missing(request: Request, context: Context): never
}

/** An entity that there is. Whoever may not ask learns nothing of whether it exists. */
export const about = <Name extends string, Request extends object, Entity>(
  name: Name,
  subject: Subject<Request, Entity>,
): Door<Request, Record<Name, Entity>> => ({
  signed: true,
  async admit(request, context) {
    const found = await subject.find(request, context)
    await authorize(context, {
      action: actionOf(context),
      resource: subject.arn(request, context, found),
      more: {
        ...(found && resourceTagKeys(subject.tags?.(found))),
        ...taggingKeys(request as Tagging),
        ...(await subject.keys?.(request, context, found)),
      },
    })
    return { [name]: found ?? subject.missing(request, context) } as Record<Name, Entity>
  },
})
