/**
 * What a session of AssumeRoot may be for: AWS's five task policies, each of which denies root everything else. They cannot be
 * attached to anybody. AWS: IAM User Guide, "AWS managed policies for AWS Identity and Access Management".
 */
import type { Feature } from '../organizations-features/features.ts'

export type RootTask = {
  readonly name: string
  /** The feature that opens it. */
  readonly feature: Feature
  readonly document: string
}

const prefix = 'arn:aws:iam::aws:policy/root-task/'
const root = 'arn:aws:iam::*:root'

const denying = (...statements: readonly object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({ Effect: 'Deny', ...statement })),
  })

const allButThese = (actions: readonly string[]) => ({
  Sid: 'DenyAllOtherActionsOnAnyResource',
  NotAction: actions,
  Resource: '*',
})

const byOthers = (Sid: string, Action: readonly string[]) => ({
  ...{ Sid, Action, Resource: '*' },
  Condition: { StringNotLike: { 'aws:PrincipalArn': root } },
})

const onOthers = (Sid: string, Action: readonly string[]) => ({ Sid, Action, NotResource: root })

const looking = [
  ...['iam:ListAccessKeys', 'iam:ListSigningCertificates', 'iam:GetLoginProfile', 'iam:ListMFADevices'],
  ...['iam:GetUser', 'iam:GetAccessKeyLastUsed'],
]
const deleting = [
  ...['iam:DeleteAccessKey', 'iam:DeleteSigningCertificate', 'iam:DeleteLoginProfile', 'iam:DeactivateMFADevice'],
  'iam:DeleteVirtualMFADevice',
]
const recovering = ['iam:CreateLoginProfile', 'iam:GetLoginProfile']
const bucketPolicy = ['s3:DeleteBucketPolicy', 's3:PutBucketPolicy', 's3:GetBucketPolicy', 's3:ListAllMyBuckets']
const queuePolicy = ['sqs:SetQueueAttributes', 'sqs:GetQueueAttributes', 'sqs:ListQueues', 'sqs:GetQueueUrl']

/** unproved: which feature opens which task; AWS's page tells it of deleting credentials and of allowing their recovery. */
const tasks: readonly RootTask[] = [
  {
    name: 'IAMAuditRootUserCredentials',
    feature: 'RootCredentialsManagement',
    document: denying(
      allButThese([...looking, 'iam:GetAccountSummary']),
      onOthers('DenyAuditingCredentialsOnNonRootUserResource', looking),
    ),
  },
  {
    name: 'IAMDeleteRootUserCredentials',
    feature: 'RootCredentialsManagement',
    document: denying(
      allButThese([...deleting, ...looking]),
      onOthers('DenyDeletingRootUserCredentialsOnNonRootUserResource', [...deleting, ...looking]),
    ),
  },
  {
    name: 'IAMCreateRootUserPassword',
    feature: 'RootSessions',
    document: denying(allButThese(recovering), onOthers('DenyCreatingPasswordOnNonRootUserResource', recovering)),
  },
  {
    name: 'S3UnlockBucketPolicy',
    feature: 'RootSessions',
    document: denying(allButThese(bucketPolicy), byOthers('DenyManagingBucketPolicyForNonRootCallers', bucketPolicy)),
  },
  {
    name: 'SQSUnlockQueuePolicy',
    feature: 'RootSessions',
    document: denying(
      allButThese(queuePolicy),
      {
        ...{ Sid: 'DenyGettingQueueAttributesOnNonOwnQueue', Action: ['sqs:GetQueueAttributes'] },
        Resource: 'arn:aws:sqs:*:*:*',
        Condition: { StringNotEqualsIfExists: { 'aws:ResourceAccount': ['${aws:PrincipalAccount}'] } },
      },
      byOthers('DenyActionsForNonRootUser', queuePolicy),
    ),
  },
]

const byName = new Map(tasks.map((task) => [task.name, task]))

/** The task of that name, as sessions remember it. */
export const rootTask = (name: string): RootTask | undefined => byName.get(name)

/** The task of that ARN. */
export const readTaskArn = (arn: string): RootTask | undefined =>
  arn.startsWith(prefix) ? rootTask(arn.slice(prefix.length)) : undefined
