/** Tags of objects and buckets: how they are written in a header and in XML, which there may be, and what policies see of them. */
import type { Keys } from '../../iam/request-context.ts'
import { fail } from '../../wire/errors.ts'
import type { XmlValue } from '../../wire/xml.ts'
import { invalidArgument } from './refusals.ts'
import { malformedXml, readXml, textOf } from './xml-body.ts'

export type Tags = Readonly<Record<string, string>>

/** AWS: S3 User Guide, "Categorizing your objects using tags". */
const most = { object: 10, bucket: 50 } as const
const longestKey = 128
const longestValue = 256
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

export type Tagged = keyof typeof most

const invalidTag = (message: string, key?: string): never =>
  fail('InvalidTag', message, { status: 400, ...(key !== undefined && { extra: { TagKey: key } }) })

function checkTags(pairs: readonly (readonly [string, string])[], of: Tagged): Tags {
  if (pairs.length > most[of]) {
    fail('BadRequest', `${of === 'object' ? 'Object' : 'Bucket'} tags cannot be greater than ${most[of]}`, {
      status: 400,
    })
  }
  const tags: Record<string, string> = Object.create(null)
  for (const [key, value] of pairs) {
    if (key === '' || key.length > longestKey || !allowed.test(key))
      invalidTag('The TagKey you have provided is invalid', key)
    if (value.length > longestValue || !allowed.test(value)) invalidTag('The TagValue you have provided is invalid')
    if (/^aws:/i.test(key)) invalidTag('System tags cannot be added/updated by requester', key)
    if (key in tags) invalidTag('Cannot provide multiple Tags with the same key', key)
    tags[key] = value
  }
  return { ...tags }
}

/** The tags of `x-amz-tagging`: `a=1&b=2`, percent-encoded. */
export function readTagHeader(header: string | undefined): Tags | undefined {
  if (header === undefined) return undefined
  const pairs = [...new URLSearchParams(header)]
  // What URLSearchParams repairs, AWS refuses.
  if (/%(?![0-9a-f]{2})|[\r\n]/i.test(header)) {
    invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    )
  }
  return checkTags(pairs, 'object')
}

/** The tags of a Tagging document. */
export function readTagging(document: Buffer, of: Tagged): Tags {
  const sets = readXml(document, 'Tagging').children['TagSet']
  if (sets?.length !== 1) return malformedXml('TagSet')
  const pairs = (sets[0]!.children['Tag'] ?? []).map(
    (tag) =>
      [
        textOf(tag, 'Key') ?? malformedXml('a tag without key'),
        textOf(tag, 'Value') ?? malformedXml('no value'),
      ] as const,
  )
  return checkTags(pairs, of)
}

/** The TagSet of an answer. */
export const tagSet = (tags: Tags = {}): { [name: string]: XmlValue } => ({
  TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
})

/** What policies see of the tags that a request brings. */
export const requestTagKeys = (tags: Tags | undefined): Keys =>
  tags === undefined
    ? {}
    : {
        ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`s3:RequestObjectTag/${key}`, value])),
        's3:RequestObjectTagKeys': Object.keys(tags),
      }

/** What policies see of the tags that an object has. */
export const existingTagKeys = (tags: Tags | undefined): Keys =>
  Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [`s3:ExistingObjectTag/${key}`, value]))

export const sameTags = (one: Tags | undefined, other: Tags | undefined): boolean => {
  const [a, b] = [Object.entries(one ?? {}), other ?? {}]
  return a.length === Object.keys(b).length && a.every(([key, value]) => b[key] === value)
}
