/** AWS: IAM User Guide, "Permissions boundaries for IAM entities": its examples as tables, and its story over the wire. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as api from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand, ListBucketsCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { account as home } from '../../support/roles.ts'
import { startTestServer } from '../../support/server.ts'
import { account, page, user } from './examples.ts'

const instance = `arn:aws:ec2:us-east-1:${account}:instance/i-1234567890abcdef0`
const services = (...names: string[]) => names.map((name) => `${name}:*`)

/** What users of the company may do at most. */
const ofCompany = [
  { Sid: 'Services', Effect: 'Allow', Action: services('s3', 'cloudwatch', 'ec2', 'dynamodb'), Resource: '*' },
  { Sid: 'Console', Effect: 'Allow', Action: ['iam:ListUsers', 'iam:GetAccountPasswordPolicy'], Resource: '*' },
  {
    Sid: 'OwnKeys',
    Effect: 'Allow',
    Action: [
      ...['iam:*AccessKey*', 'iam:ChangePassword', 'iam:GetUser'],
      ...['iam:*ServiceSpecificCredential*', 'iam:*SigningCertificate*'],
    ],
    Resource: ['arn:aws:iam::*:user/${aws:username}'],
  },
  { Sid: 'NoLogs', Effect: 'Deny', Action: 's3:*', Resource: ['arn:aws:s3:::logs', 'arn:aws:s3:::logs/*'] },
  { Sid: 'NoProduction', Effect: 'Deny', Action: 'ec2:*', Resource: instance.replace(/us-east-1:\d+/, '*:*') },
]

const policyArn = (of: string, name: string) => `arn:aws:iam::${of}:policy/${name}`

/** What the delegate may do at most: users with that boundary, no change of the boundaries, and nothing to the administrator. */
const ofDelegate = (of: string) => [
  {
    Sid: 'OnlyBounded',
    Effect: 'Allow',
    Action: [
      ...['iam:CreateUser', 'iam:DeleteUserPolicy', 'iam:AttachUserPolicy', 'iam:DetachUserPolicy'],
      ...['iam:PutUserPermissionsBoundary', 'iam:PutUserPolicy'],
    ],
    Resource: '*',
    Condition: { StringEquals: { 'iam:PermissionsBoundary': policyArn(of, 'OfCompany') } },
  },
  {
    Sid: 'OtherTasks',
    Effect: 'Allow',
    Action: [
      ...['cloudwatch:*', 'iam:GetUser', 'iam:ListUsers', 'iam:DeleteUser', 'iam:UpdateUser', 'iam:CreateAccessKey'],
      ...[
        'iam:CreateLoginProfile',
        'iam:GetAccountPasswordPolicy',
        'iam:ListGroups',
        'iam:CreateGroup',
        'iam:GetGroup',
      ],
      ...['iam:CreatePolicy', 'iam:DeletePolicy', 'iam:DeletePolicyVersion', 'iam:GetPolicy', 'iam:ListPolicies'],
      ...['iam:SetDefaultPolicyVersion', 'iam:SimulatePrincipalPolicy', 'iam:SimulateCustomPolicy'],
    ],
    NotResource: `arn:aws:iam::${of}:user/Maria`,
  },
  {
    Sid: 'NoEdit',
    Effect: 'Deny',
    Action: ['iam:CreatePolicyVersion', 'iam:DeletePolicy', 'iam:DeletePolicyVersion', 'iam:SetDefaultPolicyVersion'],
    Resource: [policyArn(of, 'OfCompany'), policyArn(of, 'OfDelegate')],
  },
  { Sid: 'NoRemoval', Effect: 'Deny', Action: 'iam:DeleteUserPermissionsBoundary', Resource: '*' },
]

const delegated = [
  { Sid: 'IAM', Effect: 'Allow', Action: 'iam:*', Resource: '*' },
  {
    Sid: 'Metrics',
    Effect: 'Allow',
    Action: ['cloudwatch:GetDashboard', 'cloudwatch:GetMetricData', 'cloudwatch:ListMetrics'],
    Resource: '*',
  },
  { Sid: 'Own', Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::delegates-bucket' },
]

const bounding = { 'iam:PermissionsBoundary': policyArn(account, 'OfCompany') }
const otherwise = { 'iam:PermissionsBoundary': policyArn(account, 'Other') }
const someone = user('someone').arn

page('Permissions boundaries for IAM entities', [
  {
    shows: 'a boundary alone allows nothing, and what lies outside it is denied whatever is allowed',
    boundary: { Effect: 'Allow', Action: services('s3', 'cloudwatch', 'ec2'), Resource: '*' },
    identity: { Effect: 'Allow', Action: 'iam:CreateUser', Resource: '*' },
    rows: [
      { action: 'iam:CreateUser', on: someone, gets: 'implicitDeny' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::b/k', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'once it is allowed, too, what lies within is allowed',
    boundary: { Effect: 'Allow', Action: services('s3', 'cloudwatch', 'ec2'), Resource: '*' },
    identity: { Effect: 'Allow', Action: 's3:GetObject', Resource: '*' },
    rows: [
      { action: 's3:GetObject', on: 'arn:aws:s3:::b/k', gets: 'allowed' },
      { action: 's3:PutObject', on: 'arn:aws:s3:::b/k', gets: 'implicitDeny' },
    ],
  },
  {
    shows: 'the delegate makes users with the boundary only, and cannot loosen it',
    by: user('Zhang'),
    boundary: ofDelegate(account),
    identity: delegated,
    rows: [
      { when: 'without boundary', action: 'iam:CreateUser', on: someone, gets: 'implicitDeny' },
      { when: 'with another', action: 'iam:CreateUser', on: someone, keys: otherwise, gets: 'implicitDeny' },
      { when: 'with the boundary', action: 'iam:CreateUser', on: someone, keys: bounding, gets: 'allowed' },
      { when: 'of a bounded user', action: 'iam:PutUserPolicy', on: someone, keys: bounding, gets: 'allowed' },
      { when: 'of an unbounded user', action: 'iam:PutUserPolicy', on: someone, gets: 'implicitDeny' },
      { action: 'iam:CreateAccessKey', on: someone, gets: 'allowed' },
      { action: 'iam:CreateAccessKey', on: user('Maria').arn, gets: 'implicitDeny' },
      { action: 'iam:CreatePolicyVersion', on: policyArn(account, 'OfCompany'), gets: 'explicitDeny' },
      { action: 'iam:DeletePolicy', on: policyArn(account, 'OfDelegate'), gets: 'explicitDeny' },
      { action: 'iam:DeletePolicy', on: policyArn(account, 'Another'), gets: 'allowed' },
      { action: 'iam:DeleteUserPermissionsBoundary', on: someone, keys: bounding, gets: 'explicitDeny' },
      { action: 'iam:DeleteUserPermissionsBoundary', on: user('Zhang').arn, gets: 'explicitDeny' },
      { action: 'iam:CreateRole', on: `arn:aws:iam::${account}:role/R`, gets: 'implicitDeny' },
      { action: 'cloudwatch:GetDashboard', gets: 'allowed' },
      { action: 'cloudwatch:PutDashboard', gets: 'implicitDeny' },
      { action: 's3:ListBucket', on: 'arn:aws:s3:::delegates-bucket', gets: 'implicitDeny' },
    ],
  },
  {
    shows:
      'the new user has what the policies give within the boundary, and resource policies add to it but not over a deny',
    by: user('Nikhil'),
    boundary: ofCompany,
    identity: [
      { Effect: 'Allow', Action: 'iam:*', Resource: '*' },
      { Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' },
    ],
    resource: [
      { Effect: 'Allow', Principal: { AWS: user('Nikhil').arn }, Action: 'ec2:*', Resource: instance },
      {
        Effect: 'Allow',
        Principal: { AWS: user('Nikhil').arn },
        Action: 'secretsmanager:GetSecretValue',
        Resource: `arn:aws:secretsmanager:us-east-1:${account}:secret:*`,
      },
    ],
    rows: [
      { action: 'iam:ChangePassword', on: user('Nikhil').arn, gets: 'allowed' },
      { action: 'iam:CreateUser', on: someone, gets: 'implicitDeny' },
      { action: 'iam:PutUserPolicy', on: user('Nikhil').arn, gets: 'implicitDeny' },
      { action: 's3:GetObject', on: 'arn:aws:s3:::mine/x', gets: 'allowed' },
      { action: 's3:PutObject', on: 'arn:aws:s3:::mine/x', gets: 'implicitDeny' },
      { action: 's3:ListBucket', on: 'arn:aws:s3:::logs', gets: 'explicitDeny' },
      { action: 'ec2:StartInstances', on: instance, gets: 'explicitDeny' },
      {
        action: 'secretsmanager:GetSecretValue',
        on: `arn:aws:secretsmanager:us-east-1:${account}:secret:x`,
        gets: 'allowed',
      },
    ],
  },
])

test('Permissions boundaries for IAM entities: an administrator delegates, the delegate makes a user, and the user lives with it', async () => {
  const server = await startTestServer()
  const { iam, s3 } = server.clients
  const text = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement })
  const keysOf = async (UserName: string, by = iam) => {
    const { AccessKey } = await by.send(new api.CreateAccessKeyCommand({ UserName }))
    return server.clientsWith({ accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! })
  }
  const denied = (call: Promise<unknown>, why: RegExp) =>
    assert.rejects(call, (error: Error) => /^AccessDenied/.test(error.name) && why.test(error.message))
  try {
    for (const [PolicyName, statements] of Object.entries({
      OfCompany: ofCompany,
      OfDelegate: ofDelegate(home),
      Delegated: delegated,
    }))
      await iam.send(new api.CreatePolicyCommand({ PolicyName, PolicyDocument: text(statements) }))
    const zhang = { UserName: 'Zhang' }
    await iam.send(new api.CreateUserCommand({ ...zhang, PermissionsBoundary: policyArn(home, 'OfDelegate') }))
    await iam.send(new api.AttachUserPolicyCommand({ ...zhang, PolicyArn: policyArn(home, 'Delegated') }))
    await iam.send(new api.CreateUserCommand({ UserName: 'Maria' }))
    for (const Bucket of ['mine', 'logs']) {
      await s3.send(new CreateBucketCommand({ Bucket }))
      await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }))
    }

    const delegate = await keysOf('Zhang')
    const noBoundary = /because no permissions boundary allows the iam:\w+ action/
    const nikhil = { UserName: 'Nikhil' }
    await denied(delegate.iam.send(new api.CreateUserCommand(nikhil)), noBoundary)
    await delegate.iam.send(new api.CreateUserCommand({ ...nikhil, PermissionsBoundary: policyArn(home, 'OfCompany') }))
    for (const name of ['IAMFullAccess', 'AmazonS3ReadOnlyAccess'])
      await delegate.iam.send(
        new api.AttachUserPolicyCommand({ ...nikhil, PolicyArn: `arn:aws:iam::aws:policy/${name}` }),
      )
    await denied(
      delegate.iam.send(new api.DeleteUserPermissionsBoundaryCommand(nikhil)),
      /with an explicit deny in a permissions boundary/,
    )
    await denied(
      delegate.iam.send(
        new api.CreatePolicyVersionCommand({
          PolicyArn: policyArn(home, 'OfCompany'),
          PolicyDocument: text(delegated),
        }),
      ),
      /with an explicit deny in a permissions boundary/,
    )
    await denied(delegate.iam.send(new api.CreateAccessKeyCommand({ UserName: 'Maria' })), noBoundary)
    await denied(delegate.s3.send(new ListBucketsCommand({})), /because no permissions boundary allows/)

    const own = await keysOf('Nikhil', delegate.iam)
    await own.iam.send(new api.GetUserCommand(nikhil))
    await own.iam.send(new api.ListUsersCommand({}))
    await denied(own.iam.send(new api.CreateUserCommand({ UserName: 'Another' })), noBoundary)
    await denied(own.iam.send(new api.GetUserCommand(zhang)), noBoundary)
    await own.s3.send(new GetObjectCommand({ Bucket: 'mine', Key: 'k' }))
    await denied(
      own.s3.send(new PutObjectCommand({ Bucket: 'mine', Key: 'k', Body: 'y' })),
      /because no identity-based policy allows the s3:PutObject action/,
    )
    await denied(
      own.s3.send(new GetObjectCommand({ Bucket: 'logs', Key: 'k' })),
      /with an explicit deny in a permissions boundary/,
    )
  } finally {
    await server.close()
  }
})
