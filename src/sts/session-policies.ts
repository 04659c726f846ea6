/** Policies passed when a session is made, and how much room they and the tags take. AWS: IAM User Guide, "Session policies". */
import { deflateRawSync } from 'node:zlib'
import { parsePolicy } from '../iam/policy/parse.ts'
import type { Tag } from '../iam/tags.ts'
import { fail } from '../wire/errors.ts'

/** Characters of the inline policy and the ARNs together. */
const longest = 2048

export type PolicyRequest = { Policy?: string; PolicyArns?: readonly { arn?: string }[] }

/** The documents, checked; undefined if none were passed. */
export function readSessionPolicies({ Policy, PolicyArns = [] }: PolicyRequest): readonly string[] | undefined {
  // Managed policies cannot be session policies here yet. unproved: what STS says of an ARN that does not exist.
  for (const { arn } of PolicyArns) fail('ValidationError', `Policy ${arn} does not exist or is not attachable.`)
  if (Policy === undefined) return undefined
  if (Policy.length > longest) {
    fail(
      'ValidationError',
      `1 validation error detected: Value '${Policy.slice(0, 512)}…' at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    )
  }
  parsePolicy(Policy, 'session', { saving: true })
  return [Policy]
}

/** AWS packs policies and tags into a form that it does not publish; this is ours: the bytes that compression leaves. */
const packedBytes = 2048

/** Percent of the allowance that the policies and tags of a session take, undefined if there are none. Refuses above 100. */
export function packedSize(policies: readonly string[] | undefined, tags: readonly Tag[]): number | undefined {
  if (!policies && tags.length === 0) return undefined
  const packed = deflateRawSync(JSON.stringify([policies ?? [], tags.map(({ Key, Value }) => [Key, Value])]))
  const percent = Math.ceil((packed.length / packedBytes) * 100)
  if (percent > 100) {
    const what = policies ? 'session policies and tags' : 'session tags'
    fail('PackedPolicyTooLargeException', `Packed size of ${what} consumes ${percent}% of allotted space.`)
  }
  return percent
}
