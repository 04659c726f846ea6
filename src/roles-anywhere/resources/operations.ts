/**
 * Tags of trust anchors, profiles and revocation lists.
 *
 * Owns table roles_anywhere_resources. Knows nothing of what is inside a document.
 * AWS: IAM Roles Anywhere API Reference, TagResource, UntagResource, ListTagsForResource.
 */
import { sameKey } from '../../iam/tags.ts'
import type { Operation } from '../../wire/operation.ts'
import { operation, tagged } from '../doors.ts'
import { changeResource } from './find.ts'
import { printTags, readTags } from './resource.ts'

export const ListTagsForResource = operation('ListTagsForResource', tagged, (_, { resource }) => ({
  tags: printTags(resource.tags),
}))

export const TagResource = operation('TagResource', tagged, async ({ tags }, context) => {
  await changeResource(context, context.resource, (before) => ({ tags: readTags(tags, before.tags) }))
  return {}
})

export const UntagResource = operation('UntagResource', tagged, async ({ tagKeys }, context) => {
  await changeResource(context, context.resource, (before) => ({
    tags: before.tags.filter(({ Key }) => !tagKeys.some((key) => sameKey(key, Key))),
  }))
  return {}
})

export const operations: Operation[] = [ListTagsForResource, TagResource, UntagResource]
