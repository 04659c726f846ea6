/** The policy simulator over the wire: it decides as the evaluator does, and shows with which statement. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { account, allowing, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const custom = async (input: Partial<api.SimulateCustomPolicyCommandInput>) =>
  (
    await iam.send(
      new api.SimulateCustomPolicyCommand({ PolicyInputList: [], ActionNames: ['s3:GetObject'], ...input }),
    )
  ).EvaluationResults!
const principal = async (PolicySourceArn: string, input: Partial<api.SimulatePrincipalPolicyCommandInput> = {}) =>
  (await iam.send(new api.SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: ['s3:GetObject'], ...input })))
    .EvaluationResults!
const decisions = (results: readonly api.EvaluationResult[]) =>
  results.map(({ EvalActionName, EvalDecision }) => `${EvalActionName} ${EvalDecision}`)

test('a question is asked for each action on each resource, and the statement that decided is shown with its place', async () => {
  const text = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*" },
    { "Effect": "Deny", "Action": "s3:Delete*", "Resource": "*" }
  ]
}`
  const results = await custom({
    PolicyInputList: [text],
    ActionNames: ['s3:GetObject', 's3:DeleteObject'],
    ResourceArns: ['arn:aws:s3:::b/k', 'arn:aws:s3:::c/k'],
  })
  assert.deepEqual(decisions(results), [
    's3:GetObject allowed',
    's3:GetObject implicitDeny',
    's3:DeleteObject explicitDeny',
    's3:DeleteObject explicitDeny',
  ])
  const [first, second, third] = results
  assert.deepEqual(first!.MatchedStatements, [
    {
      SourcePolicyId: 'PolicyInputList.1',
      SourcePolicyType: 'IAM Policy',
      StartPosition: { Line: 4, Column: 5 },
      EndPosition: { Line: 4, Column: 76 },
    },
  ])
  assert.deepEqual(second!.MatchedStatements ?? [], [])
  assert.equal(third!.MatchedStatements![0]!.StartPosition!.Line, 5)
  assert.equal(first!.ResourceSpecificResults![0]!.EvalResourceDecision, 'allowed')
})

test('a key that the statements ask for is missing until it is given, single or as a list', async () => {
  const PolicyInputList = [
    document({
      Effect: 'Allow',
      Action: 's3:GetObject',
      Resource: '*',
      Condition: { StringEquals: { 'aws:username': 'ann' }, 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['a'] } },
    }),
  ]
  const [without] = await custom({ PolicyInputList })
  assert.equal(without!.EvalDecision, 'implicitDeny')
  assert.deepEqual(without!.MissingContextValues, ['aws:username', 'aws:TagKeys'])
  const ContextEntries: api.ContextEntry[] = [
    { ContextKeyName: 'aws:username', ContextKeyType: 'string', ContextKeyValues: ['ann'] },
    { ContextKeyName: 'aws:TagKeys', ContextKeyType: 'stringList', ContextKeyValues: ['b', 'a'] },
  ]
  assert.deepEqual(decisions(await custom({ PolicyInputList, ContextEntries })), ['s3:GetObject allowed'])
  const keys = await iam.send(new api.GetContextKeysForCustomPolicyCommand({ PolicyInputList }))
  assert.deepEqual(keys.ContextKeyNames, ['aws:TagKeys', 'aws:username'])
})

test('boundaries, resource policies and service control policies have their say', async () => {
  const everything = [allowing('*')]
  const [bounded] = await custom({
    PolicyInputList: everything,
    PermissionsBoundaryPolicyInputList: [allowing('sqs:*')],
  })
  assert.equal(bounded!.EvalDecision, 'implicitDeny')
  assert.deepEqual(bounded!.PermissionsBoundaryDecisionDetail, { AllowedByPermissionsBoundary: false })
  const [organised] = await custom({
    PolicyInputList: everything,
    OrderedOrganizationPolicyInputList: [{ ServiceControlPolicyInputList: [allowing('sqs:*')] }],
  })
  assert.equal(organised!.EvalDecision, 'implicitDeny')
  assert.deepEqual(organised!.OrganizationsDecisionDetail, { AllowedByOrganizations: false })
  await iam.send(new api.CreateUserCommand({ UserName: 'Caller' }))
  const CallerArn = `arn:aws:iam::${account}:user/Caller`
  const ResourcePolicy = document({
    Effect: 'Allow',
    Principal: { AWS: CallerArn },
    Action: 's3:GetObject',
    Resource: 'arn:aws:s3:::b/*',
  })
  const ResourceArns = ['arn:aws:s3:::b/k']
  assert.deepEqual(decisions(await custom({ ResourcePolicy, CallerArn, ResourceArns })), ['s3:GetObject allowed'])
  await assert.rejects(custom({ ResourcePolicy, ResourceArns }), { name: 'InvalidInputException' })
})

test("a principal's policies are all asked: its own, its groups', managed ones, its boundary; some may be left out", async () => {
  const UserName = 'Ann'
  const { User } = await iam.send(new api.CreateUserCommand({ UserName }))
  await iam.send(new api.CreateGroupCommand({ GroupName: 'G' }))
  await iam.send(new api.AddUserToGroupCommand({ GroupName: 'G', UserName }))
  const group = { GroupName: 'G', PolicyName: 'p', PolicyDocument: allowing('s3:GetObject') }
  await iam.send(new api.PutGroupPolicyCommand(group))
  const PolicyArn = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess'
  await iam.send(new api.AttachUserPolicyCommand({ UserName, PolicyArn }))
  const ActionNames = ['s3:GetObject', 'sqs:SendMessage', 'sns:Publish']
  const ask = (more: Partial<api.SimulatePrincipalPolicyCommandInput> = {}) =>
    principal(User!.Arn!, { ActionNames, ...more })
  const results = await ask()
  assert.deepEqual(decisions(results), ['s3:GetObject allowed', 'sqs:SendMessage allowed', 'sns:Publish implicitDeny'])
  assert.deepEqual(
    results.slice(0, 2).map(({ MatchedStatements }) => MatchedStatements![0]!.SourcePolicyId),
    ['group_G_p', 'AmazonSQSFullAccess'],
  )
  const more = await ask({ PolicyInputList: [allowing('sns:*')] })
  assert.equal(more[2]!.EvalDecision, 'allowed')
  const without = await ask({ PolicyExclusionList: [{ PolicyType: 'inline' }, { PolicyArn }] })
  assert.deepEqual(new Set(without.map(({ EvalDecision }) => EvalDecision)), new Set(['implicitDeny']))
  await iam.send(new api.PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: PolicyArn }))
  assert.deepEqual(
    (await ask()).map(({ EvalDecision }) => EvalDecision),
    ['implicitDeny', 'allowed', 'implicitDeny'],
  )
  assert.equal(
    (await ask({ PolicyExclusionList: [{ PolicyType: 'permission-boundary' }] }))[0]!.EvalDecision,
    'allowed',
  )
  const role = await makeRole(server.clients, 'R', {
    policy: allowing('s3:GetObject', 'arn:aws:s3:::${aws:username}/*'),
  })
  assert.deepEqual(decisions(await principal(role)), ['s3:GetObject implicitDeny'])
  const keys = await iam.send(new api.GetContextKeysForPrincipalPolicyCommand({ PolicySourceArn: role }))
  assert.deepEqual(keys.ContextKeyNames, ['aws:username'])
  await assert.rejects(principal(`arn:aws:iam::${account}:user/Nobody`), { name: 'NoSuchEntityException' })
  await assert.rejects(principal('arn:aws:s3:::some-bucket-name'), { name: 'InvalidInputException' })
})

test('what cannot be simulated is refused', async () => {
  for (const wrong of [
    { ActionNames: ['s3:*'] },
    { ActionNames: ['GetObject'] },
    { ResourceArns: ['b/k'] },
    { PolicyInputList: ['{'] },
    { PermissionsBoundaryPolicyInputList: [allowing('*'), allowing('*')] },
  ])
    await assert.rejects(custom(wrong), { name: 'InvalidInputException' })
})

test('results come page by page', async () => {
  const ActionNames = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject']
  const input = { PolicyInputList: [allowing('s3:*')], ActionNames, MaxItems: 2 }
  const first = await iam.send(new api.SimulateCustomPolicyCommand(input))
  assert.deepEqual([first.EvaluationResults!.length, first.IsTruncated], [2, true])
  const second = await iam.send(new api.SimulateCustomPolicyCommand({ ...input, Marker: first.Marker }))
  assert.deepEqual(decisions(second.EvaluationResults!), ['s3:DeleteObject allowed'])
})

test('a statement is shown where it stands, though another policy of the principal has the same name', async () => {
  const UserName = 'two-of-a-name'
  await iam.send(new api.CreateUserCommand({ UserName }))
  const PolicyName = 'AmazonS3ReadOnlyAccess'
  const { Policy } = await iam.send(new api.CreatePolicyCommand({ PolicyName, PolicyDocument: allowing('sqs:*') }))
  for (const PolicyArn of [`arn:aws:iam::aws:policy/${PolicyName}`, Policy!.Arn!])
    await iam.send(new api.AttachUserPolicyCommand({ UserName, PolicyArn }))
  const [own, aws] = await principal(`arn:aws:iam::${account}:user/${UserName}`, {
    ActionNames: ['sqs:SendMessage', 's3:GetObject'],
  })
  const { length } = allowing('sqs:*')
  const ends = (result: api.EvaluationResult) => result.MatchedStatements!.map(({ EndPosition }) => EndPosition!)
  assert.deepEqual(ends(own!), [{ Line: 1, Column: length - 1 }])
  assert.ok(ends(aws!).every(({ Line }) => Line! > 1))
})
