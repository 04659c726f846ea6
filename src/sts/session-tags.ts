/** Session tags: passed, inherited from the session before, and handed on. AWS: IAM User Guide, "Passing session tags in AWS STS". */

import { mergeTags, mostTags, repeatedKey, requestTagKeys, sameKey, type Tag } from '../iam/tags.ts'
import type { Caller } from '../wire/caller.ts'
import { fail } from '../wire/errors.ts'
import { sessionTags } from './sessions.ts'

export type Tagging = {
  /** Inherited and passed: what the session will have. */
  readonly tags: readonly Tag[]
  /** The keys that sessions after this one inherit. */
  readonly transitiveTags: readonly string[]
  /** What the trust policy may ask about. */
  readonly keys: Readonly<Record<string, string | readonly string[]>>
}

/** unproved: STS's code for broken tags; the sentences are quoted from its answers. */
const refuse = (message: string) => fail('InvalidParameterValue', message, { status: 400 })

/** The tags of a session that `before` makes, or that a token makes if there is nobody before. */
export function readTagging(passed: readonly Tag[] = [], transitive: readonly string[] = [], before?: Caller): Tagging {
  const keys = passed.map(({ Key }) => Key)
  if (repeatedKey(keys) !== undefined)
    refuse('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  if (keys.some((key) => /^aws:/i.test(key))) refuse('Tag keys beginning with aws: are reserved.')
  if (transitive.some((key) => !keys.some((one) => sameKey(one, key)))) {
    refuse('The specified transitive tag key must be included in the requested tags.')
  }
  const inheritedKeys = before?.transitiveTags ?? []
  if (keys.some((key) => inheritedKeys.some((one) => sameKey(one, key)))) {
    refuse(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    )
  }
  const inherited = sessionTags(before?.context ?? {}).filter(({ Key }) =>
    inheritedKeys.some((one) => sameKey(one, Key)),
  )
  const tags = mergeTags(inherited, passed)
  if (tags.length > mostTags) refuse(`A session can have at most ${mostTags} tags.`)
  const transitiveTags = [...inheritedKeys, ...transitive]
  return {
    tags,
    transitiveTags,
    // unproved: that inherited tags are no tags of the request.
    keys: { ...requestTagKeys(passed), ...(transitive.length > 0 && { 'sts:TransitiveTagKeys': transitive }) },
  }
}
