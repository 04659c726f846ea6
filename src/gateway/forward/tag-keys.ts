/** The condition keys of tags in a request. AWS: IAM User Guide, "aws:RequestTag/tag-key", "aws:TagKeys". */
import type { Keys } from '../../iam/request-context.ts'
import { fail } from '../../wire/errors.ts'

/** A tag that is to be, or the key of one. */
type Tag = readonly [key: string, value: string | undefined]

/** Of `[{ Key, Value }]`, of `{ key: value }`, or of a list of keys. */
function tagsIn(tags: unknown): readonly Tag[] {
  if (typeof tags !== 'object' || tags === null) return []
  if (!Array.isArray(tags)) return Object.entries(tags).map(([key, value]) => [key, String(value)])
  return tags.map((tag: unknown) =>
    typeof tag === 'object' && tag !== null && 'Key' in tag
      ? [String(tag.Key), 'Value' in tag ? String(tag.Value) : '']
      : [String(tag), undefined],
  )
}

/** Of every member that may hold some: which of them a server behind reads is its own affair. */
export function tagKeys(...members: readonly unknown[]): Keys {
  const tags = members.flatMap(tagsIn)
  if (tags.length === 0) return {}
  const set = tags.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const]))
  // Policies compare keys whatever their case.
  if (new Set(set.map(([key]) => key.toLowerCase())).size < set.length)
    fail('InvalidParameterValue', 'A tag key may not come twice, nor in two cases.', { status: 400 })
  return {
    ...Object.fromEntries(set.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': tags.map(([key]) => key),
  }
}

/** Of a form, where they are numbered: `Tag.1.Key` and `Tag.1.Value`, `Tags.member.1.Key`, `TagKey.1`. */
export function formTagKeys(form: ReadonlyMap<string, string>): Keys {
  const names = [...form.keys()]
  const tags = names.flatMap((name) => {
    const [, place] = /^(Tags?(?:\.member)?\.\d+)\.Key$/.exec(name) ?? []
    return place === undefined ? [] : [{ Key: form.get(name), Value: form.get(`${place}.Value`) ?? '' }]
  })
  const keys = names.filter((name) => /^TagKeys?(?:\.member)?\.\d+$/.test(name)).map((name) => form.get(name))
  return tagKeys(tags, keys)
}
