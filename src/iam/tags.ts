/** Tags of entities and sessions: keys unique whatever their letter case, which is kept. AWS: IAM User Guide, "Tags for IAM resources". */

import { fail } from '../wire/errors.ts'

export type Tag = { readonly Key: string; readonly Value: string }

export const mostTags = 50

const keyForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,128}$/u
const valueForm = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u

/** Nothing in a session's tag means anything to a policy. AWS: STS API Reference, Tag. */
export const isTagValue = (value: string): boolean => valueForm.test(value)
export const isTag = ({ Key, Value }: Tag): boolean => keyForm.test(Key) && isTagValue(Value)

export const sameKey = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** The first key that comes twice, ignoring case. */
export function repeatedKey(keys: readonly string[]): string | undefined {
  const seen = new Set<string>()
  return keys.find((key) => seen.size === seen.add(key.toLowerCase()).size)
}

/** `before` with `after` put in; a key that differs in case only is replaced, spelling included. */
export const mergeTags = (before: readonly Tag[], after: readonly Tag[]): Tag[] => [
  ...before.filter(({ Key }) => !after.some((tag) => sameKey(tag.Key, Key))),
  ...after.map(({ Key, Value }) => ({ Key, Value })),
]

/** Condition keys of tags: `aws:PrincipalTag/team`. */
export const tagKeys = (prefix: string, tags: readonly Tag[]): Record<string, string> =>
  Object.fromEntries(tags.map(({ Key, Value }) => [`${prefix}/${Key}`, Value]))

/** What a request that passes tags says about them. */
export const requestTagKeys = (tags: readonly Tag[] | undefined): Record<string, string | string[]> =>
  tags && tags.length > 0 ? { ...tagKeys('aws:RequestTag', tags), 'aws:TagKeys': tags.map(({ Key }) => Key) } : {}

/** Refuses keys that come twice and keys that are AWS's own. */
export function checkTags(tags: readonly Tag[]): void {
  const keys = tags.map(({ Key }) => Key)
  if (repeatedKey(keys) !== undefined) {
    fail('InvalidInputException', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  }
  // unproved: AWS's sentence; its guide only says that the prefix is reserved.
  if (keys.some((key) => /^aws:/i.test(key))) fail('InvalidInputException', 'System tags cannot be added or changed.')
}
