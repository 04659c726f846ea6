/** Policies passed when a session is made, and how much room they and the tags take. AWS: IAM User Guide, "Session policies". */
import { deflateRawSync } from 'node:zlib'
import { findPolicy } from '../iam/policies/managed.ts'
import { parsePolicy } from '../iam/policy/parse.ts'
import type { Tag } from '../iam/tags.ts'
import { fail } from '../wire/errors.ts'
import type { World } from '../world.ts'

/** Characters of the inline policy and the ARNs together. */
const longest = 2048
const mostArns = 10

export type PolicyRequest = { Policy?: string; PolicyArns?: readonly { arn?: string }[] }

/** One Allow in any of them suffices. */
export type SessionPolicies = {
  readonly documents: readonly string[]
  /** Ids of managed policies, whose default version counts at each request. */
  readonly managed: readonly string[]
  /** What was passed, as text: its size is limited. */
  readonly text: string
}

/** What was passed, checked; undefined if nothing was. */
export async function readSessionPolicies(
  world: Pick<World, 'db' | 'settings'>,
  { Policy, PolicyArns = [] }: PolicyRequest,
): Promise<SessionPolicies | undefined> {
  if (Policy === undefined && PolicyArns.length === 0) return undefined
  if (Policy !== undefined && Policy.length > longest) {
    fail(
      'ValidationError',
      `1 validation error detected: Value '${Policy.slice(0, 512)}…' at 'policy' failed to satisfy constraint: Member must have length less than or equal to ${longest}`,
    )
  }
  const arns = PolicyArns.map(({ arn = '' }) => arn)
  // unproved: what STS says of too many ARNs, of too much text together, and of an ARN that does not exist.
  if (arns.length > mostArns) fail('ValidationError', `A session can have at most ${mostArns} managed policies.`)
  const text = [Policy ?? '', ...arns].join('')
  if (text.length > longest) fail('PackedPolicyTooLargeException', `Session policies exceed ${longest} characters.`)
  if (Policy !== undefined) parsePolicy(Policy, 'session', { saving: true })
  const managed = await Promise.all(
    arns.map(
      async (arn) =>
        (await findPolicy(world, arn)) ?? fail('ValidationError', `Policy ${arn} does not exist or is not attachable.`),
    ),
  )
  return { documents: Policy === undefined ? [] : [Policy], managed: managed.map(({ id }) => id), text }
}

/** AWS packs policies and tags into a form that it does not publish; this is ours: the bytes that compression leaves. */
const packedBytes = 2048

/** Percent of the allowance that the policies and tags of a session take, undefined if there are none. Refuses above 100. */
export function packedSize(policies: SessionPolicies | undefined, tags: readonly Tag[]): number | undefined {
  if (!policies && tags.length === 0) return undefined
  const packed = deflateRawSync(JSON.stringify([policies?.text ?? '', tags.map(({ Key, Value }) => [Key, Value])]))
  const percent = Math.ceil((packed.length / packedBytes) * 100)
  if (percent > 100) {
    const what = policies ? 'session policies and tags' : 'session tags'
    fail('PackedPolicyTooLargeException', `Packed size of ${what} consumes ${percent}% of allotted space.`)
  }
  return percent
}
