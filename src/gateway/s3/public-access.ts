/** Block Public Access: which policies are public, what new buckets begin with. AWS: S3 User Guide, "The meaning of 'public'". */

import { compiled } from '../../iam/policy/compiled.ts'
import type { Condition } from '../../iam/policy/condition.ts'
import { readNetwork } from '../../iam/policy/values.ts'
import { anonymous } from '../../wire/caller.ts'
import type { PublicAccess } from './buckets-store.ts'
import { malformedXml, readXml, textOf } from './xml-body.ts'

const all = (value: boolean): PublicAccess => ({
  BlockPublicAcls: value,
  IgnorePublicAcls: value,
  BlockPublicPolicy: value,
  RestrictPublicBuckets: value,
})

/** AWS's new buckets block everything. In development a bucket policy alone opens a bucket, as tools for S3-like stores expect. */
export const initialAccess = (dev: boolean): PublicAccess => all(!dev)
export const openAccess = all(false)

/** The keys whose fixed values limit a statement to somebody. */
const limiting = new Set([
  'aws:principalarn',
  'aws:principalaccount',
  'aws:principalorgid',
  'aws:principalorgpaths',
  'aws:sourcearn',
  'aws:sourceaccount',
  'aws:sourceip',
  'aws:sourcevpc',
  'aws:sourcevpce',
  'aws:sourceowner',
  'aws:userid',
  's3:dataaccesspointarn',
  's3:dataaccesspointaccount',
])

/** A condition that holds only for fixed values of such a key; `…IfExists`, `Not…` and wildcards let strangers in. */
function limits({ operator, key, expected }: Condition): boolean {
  if (!limiting.has(key.toLowerCase()) || expected.length === 0) return false
  if (
    !/^(?:ForAnyValue:)?(?:StringEquals|StringLike|StringEqualsIgnoreCase|ArnEquals|ArnLike|IpAddress)$/.test(operator)
  ) {
    return false
  }
  return expected.every(
    (value) => !/[*?]|\$\{/.test(value) && value.toLowerCase() !== anonymous.userId && !isBroad(value),
  )
}

/** Networks broader than these are the public's: 8 bits of IPv4, 32 of IPv6. */
function isBroad(value: string): boolean {
  const network = readNetwork(value)
  return network !== undefined && network.bits < (network.words.length === 2 ? 8 : 32)
}

/** Whether the policy lets everybody in somewhere. */
export const isPublicPolicy = (text: string): boolean =>
  compiled(text, 'resource').allows.some(
    ({ principals, conditions }) =>
      principals !== undefined && (principals.everyone || principals.negated) && !conditions.some(limits),
  )

/** The switches of a PublicAccessBlockConfiguration document; those left out are off. */
export function readPublicAccess(document: Buffer): PublicAccess {
  const root = readXml(document, 'PublicAccessBlockConfiguration')
  const read = (name: keyof PublicAccess) => {
    const text = (textOf(root, name) ?? 'false').trim().toLowerCase()
    if (text !== 'true' && text !== 'false') malformedXml(name)
    return text === 'true'
  }
  return {
    BlockPublicAcls: read('BlockPublicAcls'),
    IgnorePublicAcls: read('IgnorePublicAcls'),
    BlockPublicPolicy: read('BlockPublicPolicy'),
    RestrictPublicBuckets: read('RestrictPublicBuckets'),
  }
}
