/**
 * A session of the account's root user that can do one task and nothing else. The account is its own organization: it manages
 * and is managed (decision 51). AWS: STS API Reference, AssumeRoot; IAM User Guide, "Perform a privileged task".
 */
import { isEnabled } from '../iam/organizations-features/features.ts'
import { rootArn } from '../iam/root-user/root.ts'
import { type RootTask, readTaskArn } from '../iam/root-user/tasks.ts'
import { AwsError, fail } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'
import { mint, type TokenRequest } from './sessions.ts'

export type RootWanted = { TargetPrincipal: string; TaskPolicyArn: { arn?: string } }

/** Seconds: what is usual, and the most that the model lets pass. */
const usualDuration = 900

/** The root user and the task that are meant. Refuses what names neither. unproved: the two sentences. */
export function readRootWanted({ TargetPrincipal: target, TaskPolicyArn }: RootWanted): {
  arn: string
  task: RootTask
} {
  const account = /^(?:arn:aws:iam::(\d{12}):root|(\d{12}))$/.exec(target)?.slice(1).find(Boolean)
  if (account === undefined) fail('ValidationError', `${target} is neither an account id nor the ARN of a root user.`)
  const { arn = '' } = TaskPolicyArn
  const task = readTaskArn(arn) ?? fail('ValidationError', `${arn} is not a root task policy.`)
  return { arn: rootArn({ account }), task }
}

/** Whether the caller may was settled before. Refuses while the task's feature is off. */
export async function assumeRoot(
  { world, caller, task }: Context & { readonly task: RootTask },
  { DurationSeconds, MinimumSessionTokenSize: leastToken }: { DurationSeconds?: number } & TokenRequest,
) {
  if (!(await isEnabled(world, task.feature))) {
    // unproved: AWS's sentence; that it is an AccessDenied rests on public reports.
    throw new AwsError('AccessDenied', `${task.feature} is not enabled for centralized root access.`, { status: 403 })
  }
  const sourceIdentity = caller.context['aws:SourceIdentity'] as string | undefined
  const session = {
    kind: 'root' as const,
    name: '',
    task: task.name,
    ...(caller.delegation && { delegation: caller.delegation }),
    context: {
      'aws:AssumedRoot': 'true',
      ...(sourceIdentity !== undefined && { 'aws:SourceIdentity': sourceIdentity }),
    },
  }
  const Credentials = mint(world, DurationSeconds ?? usualDuration, session, { leastToken })
  const { AccessKeyId: accessKeyId } = Credentials
  world.log.warn({ caller: caller.arn, accessKeyId, task: task.name, sourceIdentity }, 'root assumed')
  return { Credentials, SourceIdentity: sourceIdentity }
}
