/** Whether the sender of a request may do what it asks, and S3's refusal if not. */
import { decide, type Verdict } from '../../iam/authorize.ts'
import { deniedMessage } from '../../iam/policy/message.ts'
import type { Keys } from '../../iam/request-context.ts'
import { fail } from '../../wire/errors.ts'
import type { Bucket } from './buckets-store.ts'
import { conditionKeys, type KeyGroup } from './conditions.ts'
import { isPublicPolicy } from './public-access.ts'
import { bucketArn, type S3Request } from './request.ts'

/** One action on one resource, with the kinds of condition keys that the action knows. */
export type Permission = {
  readonly action: string
  /** For ListAllMyBuckets every bucket there is. AWS: S3 User Guide, "Controlling access to a bucket with user policies". */
  readonly resource: string
  readonly keys?: readonly KeyGroup[]
  /** Keys that follow from the operation itself. */
  readonly more?: Keys
}

/** The decision about one permission; `bucket` is the one whose policy counts. */
export function ask(request: S3Request, bucket: Bucket | undefined, wanted: Permission): Promise<Verdict> {
  const { world, caller, call, region } = request
  return decide(
    world,
    caller,
    {
      region,
      address: call.address,
      secure: call.secure,
      userAgent: call.headers['user-agent'] ?? '',
      referer: call.headers.referer,
      requestId: call.id,
    },
    {
      action: wanted.action,
      resource: wanted.resource,
      more: { ...conditionKeys(request, wanted.keys), ...wanted.more },
      resourcePolicy: policyFor(request, bucket, wanted.action),
    },
  )
}

/** What the owner's root user may do whatever the policy says, lest nobody can. AWS: S3 API Reference, DeleteBucketPolicy. */
const rootsWayIn: ReadonlySet<string> = new Set(['s3:GetBucketPolicy', 's3:PutBucketPolicy', 's3:DeleteBucketPolicy'])

/** RestrictPublicBuckets: what a public policy grants holds for the account's own principals only. */
function policyFor({ world, caller }: S3Request, bucket: Bucket | undefined, action: string) {
  if (bucket?.policy === undefined) return undefined
  const outsider = caller.account !== world.settings.account
  if (!outsider && caller.kind === 'root' && rootsWayIn.has(action)) return undefined
  if (outsider && bucket.publicAccess.RestrictPublicBuckets && isPublicPolicy(bucket.policy)) return undefined
  return { id: bucket.name, text: bucket.policy }
}

/** Refuses unless the sender may: the long sentence and the sealed message for the account's own, two words for everybody else. */
export async function demand(request: S3Request, bucket: Bucket | undefined, wanted: Permission): Promise<void> {
  const verdict = await ask(request, bucket, wanted)
  if (!verdict.allowed) deny(request, wanted, verdict)
}

/** Refuses who expects a bucket to be somebody else's. AWS: S3 User Guide, "Verifying bucket ownership with bucket owner condition". */
export function checkOwner({ settings }: S3Request['world'], expected: string | undefined): void {
  if (expected === undefined || expected === settings.account) return
  fail('AccessDenied', 'Access Denied', { status: 403, detail: 'another owner was expected' })
}

/** Of a bucket that another server keeps: whether a key is absent is told only to those who may list. AWS: GetObject, "Permissions". */
export const hideAbsence = (request: S3Request, bucket: string): Promise<void> =>
  demand(request, undefined, { action: 's3:ListBucket', resource: bucketArn(bucket) })

export function deny({ caller, world }: S3Request, { action, resource }: Permission, verdict: Verdict): never {
  const own = caller.account === world.settings.account
  const shown = action === 's3:ListAllMyBuckets' ? undefined : resource
  const told = { status: 403, explanation: verdict.explain() }
  if (!own) return fail('AccessDenied', 'Access Denied', told)
  const message = deniedMessage(caller.arn, action, shown, verdict, 's3')
  return fail('AccessDenied', message, { ...told, encoded: verdict.encode() })
}
