/**
 * Whoever hands a role to a service must be allowed to pass it, or they could give themselves more than they have. A role
 * of another account cannot be passed, unless it is given `elsewhere`. AWS: IAM User Guide, "Granting a user permissions to pass a role to an AWS service".
 */
import type { Context } from '../../wire/operation.ts'
import { decide, type Wanted } from '../authorize.ts'
import { readRoleArn } from './role.ts'

/** Whom a role is passed to, by its principal: `cognito-sync.amazonaws.com`; and the ARN of what it is passed for, if there is one yet. */
export type Passing = { readonly service: string; readonly resource?: string | undefined }

/** What is asked about a role that is passed. */
export const passing = ({ service, resource }: Passing, role: string): Wanted => ({
  action: 'iam:PassRole',
  resource: role,
  more: {
    'iam:PassedToService': service,
    ...(resource !== undefined && { 'iam:AssociatedResourceArn': resource }),
  },
})

/** `refuse` has the words of the operation. */
export async function requirePassableTo(
  context: Context,
  { service, resource }: Passing,
  roles: Iterable<string>,
  refuse: (arn: string) => never,
  elsewhere: (arn: string) => boolean = () => false,
): Promise<void> {
  const { world, caller } = context
  for (const arn of roles) {
    if (!elsewhere(arn) && readRoleArn(arn)?.account !== world.settings.account) refuse(arn)
    const verdict = await decide(world, caller, context, passing({ service, resource }, arn))
    if (!verdict.allowed) refuse(arn)
  }
}
