/** The condition keys of tags in a request. AWS: IAM User Guide, "aws:RequestTag/tag-key", "aws:TagKeys". */
import type { Keys } from '../../iam/request-context.ts'

/** Of `[{ Key, Value }]`, of `{ key: value }`, or of a list of keys. */
export function tagKeys(tags: unknown): Keys {
  if (typeof tags !== 'object' || tags === null) return {}
  const pairs: [string, string | undefined][] = Array.isArray(tags)
    ? tags.map((tag: unknown) =>
        typeof tag === 'object' && tag !== null && 'Key' in tag
          ? [String(tag.Key), 'Value' in tag ? String(tag.Value) : '']
          : [String(tag), undefined],
      )
    : Object.entries(tags).map(([key, value]) => [key, String(value)])
  if (pairs.length === 0) return {}
  return {
    ...Object.fromEntries(
      pairs.flatMap(([key, value]) => (value === undefined ? [] : [[`aws:RequestTag/${key}`, value]])),
    ),
    'aws:TagKeys': pairs.map(([key]) => key),
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
  return tagKeys(tags.length > 0 ? tags : keys)
}
