/**
 * Who may manage IAM Roles Anywhere: whoever signed and is allowed `rolesanywhere:<operation>` on the resource.
 * AWS: Service Authorization Reference, "AWS Identity and Access Management Roles Anywhere".
 */
import { authorize } from '../iam/authorize.ts'
import { requestTagKeys, type Tag, tagKeys } from '../iam/tags.ts'
import { fail } from '../wire/errors.ts'
import { type Context, type Door, operationsOf } from '../wire/operation.ts'
import type { Api } from './api.ts'
import { findResource, noSuch } from './resources/find.ts'
import { type Kind, type Resource, readArn, resourceArn } from './resources/resource.ts'

/** Makes an operation of this service: name, door, what happens. */
export const operation = operationsOf<Api>()

type Tagging = { tags?: { key: string; value: string }[]; tagKeys?: string[] }

const asked = ({ tags, tagKeys: keys }: Tagging) => ({
  ...requestTagKeys(tags?.map(({ key, value }) => ({ Key: key, Value: value }))),
  ...(keys && { 'aws:TagKeys': keys }),
})

const ask = (context: Context, resource: string, request: Tagging = {}, tags: readonly Tag[] = []) =>
  authorize(context, {
    action: `rolesanywhere:${context.operation}`,
    resource,
    more: { ...asked(request), ...tagKeys('aws:ResourceTag', tags) },
  })

/** Lists. */
export const lists: Door<object, object> = {
  signed: true,
  async admit(_, context) {
    await ask(context, '*')
    return {}
  },
}

/** What does not exist yet. */
export const account: Door<Tagging, object> = {
  signed: true,
  async admit(request, context) {
    await ask(context, '*', request)
    return {}
  },
}

async function admitTo<Document>(context: Context, kind: Kind, id: string, request: Tagging = {}) {
  const resource = await findResource<Document>(context, kind, id)
  await ask(context, resourceArn(context.world.settings, { region: context.region, kind, id }), request, resource?.tags)
  return { resource: resource ?? noSuch(kind) }
}

/** One resource by its id, which stands in that member. */
export const about = <Document, Member extends string>(
  kind: Kind,
  member: Member,
): Door<Record<Member, string>, { resource: Resource<Document> }> => ({
  signed: true,
  admit: (request, context) => admitTo<Document>(context, kind, request[member]),
})

/** One resource of any kind by its ARN. */
export const tagged: Door<{ resourceArn: string } & Tagging, { resource: Resource<unknown> }> = {
  signed: true,
  admit(request, context) {
    const parts = readArn(request.resourceArn)
    // unproved: the sentence.
    if (!parts) return fail('ValidationException', `${request.resourceArn} is not the ARN of a resource.`)
    const ours = parts.account === context.world.settings.account && parts.region === context.region
    return ours ? admitTo(context, parts.kind, parts.id, request) : noSuch(parts.kind)
  },
}

/** One subject by its id. */
export const subject: Door<{ subjectId: string }, object> = {
  signed: true,
  async admit({ subjectId: id }, context) {
    await ask(context, resourceArn(context.world.settings, { region: context.region, kind: 'subject', id }))
    return {}
  },
}
