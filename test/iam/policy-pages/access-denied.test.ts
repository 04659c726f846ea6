/** AWS: IAM User Guide, "Troubleshoot access denied error messages": the sentence for each kind of policy. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Decision, Reason } from '../../../src/iam/policy/evaluate.ts'
import { deniedMessage } from '../../../src/iam/policy/message.ts'

const john = 'arn:aws:iam::123456789012:user/JohnDoe'
const group = 'arn:aws:codedeploy:us-east-1:123456789012:deploymentgroup:*'
const secret = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:*'
const [list, deploy] = ['codecommit:ListRepositories', 'codedeploy:ListDeployments']
const decision = (reason: Reason, outcome: Decision['outcome']): Decision => ({
  allowed: false,
  outcome,
  reason,
  statement: undefined,
})

const messages: readonly (readonly [
  Reason,
  Decision['outcome'],
  action: string,
  resource: string | undefined,
  end: string,
])[] = [
  ['scp', 'implicitDeny', list, undefined, `because no service control policy allows the ${list} action`],
  ['scp', 'explicitDeny', list, undefined, 'with an explicit deny in a service control policy'],
  [
    'rcp',
    'explicitDeny',
    'secretsmanager:GetSecretValue',
    secret,
    'with an explicit deny in a resource control policy',
  ],
  ['boundary', 'implicitDeny', deploy, group, `because no permissions boundary allows the ${deploy} action`],
  ['boundary', 'explicitDeny', 'sagemaker:ListModels', undefined, 'with an explicit deny in a permissions boundary'],
  ['session', 'implicitDeny', list, undefined, `because no session policy allows the ${list} action`],
  // The page's example says "sessions policy" here, and its rule above it names the type.
  ['session', 'explicitDeny', deploy, group, 'with an explicit deny in a session policy'],
  [
    'resource',
    'implicitDeny',
    'secretsmanager:GetSecretValue',
    undefined,
    'because no resource-based policy allows the secretsmanager:GetSecretValue action',
  ],
  [
    'resource',
    'explicitDeny',
    'secretsmanager:GetSecretValue',
    secret,
    'with an explicit deny in a resource-based policy',
  ],
  [
    'trust',
    'implicitDeny',
    'sts:AssumeRole',
    undefined,
    'because no role trust policy allows the sts:AssumeRole action',
  ],
  ['trust', 'explicitDeny', 'sts:AssumeRole', undefined, 'with an explicit deny in the role trust policy'],
  ['identity', 'implicitDeny', list, undefined, `because no identity-based policy allows the ${list} action`],
  ['identity', 'explicitDeny', deploy, group, 'with an explicit deny in an identity-based policy'],
]

for (const [reason, outcome, action, resource, end] of messages) {
  test(`Troubleshoot access denied error messages: ${outcome} by ${reason} policy`, () => {
    const on = resource === undefined ? '' : ` on resource: ${resource}`
    assert.equal(
      deniedMessage(john, action, resource, decision(reason, outcome)),
      `User: ${john} is not authorized to perform: ${action}${on} ${end}`,
    )
  })
}
