/** AssumeRole: who is let in, what the session carries, how long it lives. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  GetRoleCommand,
  ListRolesCommand,
  PutRolePolicyCommand,
  TagRoleCommand,
} from '@aws-sdk/client-iam'
import { AssumeRoleCommand, type AssumeRoleCommandInput, GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { account, allowing, assume, document, makeRole, trusting } from '../support/roles.ts'
import { type Clients, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let root: Clients
before(async () => {
  server = await startTestServer()
  root = server.clients
})
after(() => server.close())

const arnOf = (name: string) => `arn:aws:iam::${account}:role/${name}`
const ask = (clients: Pick<Clients, 'sts'>, RoleArn: string, more: Partial<AssumeRoleCommandInput> = {}) =>
  clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me', ...more }))
const refusedAs = (who: string, roleArn: string, action = 'sts:AssumeRole') => ({
  name: 'AccessDenied',
  message: `User: ${who} is not authorized to perform: ${action} on resource: ${roleArn}`,
})
const rootArn = `arn:aws:iam::${account}:root`
const sessionOf = (role: string) => `arn:aws:sts::${account}:assumed-role/${role}/me`

describe('AssumeRole', () => {
  test('refuses the wrong type', async () => {
    await assert.rejects(ask(root, arnOf('R'), { DurationSeconds: 'long' as unknown as number }), {
      name: 'MalformedInput',
    })
  })

  test('refuses the wrong value', async () => {
    await assert.rejects(ask(root, arnOf('R'), { DurationSeconds: 100 }), {
      name: 'ValidationError',
      message:
        "1 validation error detected: Value '100' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    })
    await assert.rejects(ask(root, arnOf('R'), { RoleSessionName: 'a b' }), { name: 'ValidationError' })
    await assert.rejects(ask(root, 'arn:aws:iam::1:not-a-role'), { name: 'ValidationError', message: /is invalid$/ })
  })

  test('does it', async () => {
    const arn = await makeRole(root, 'Plain')
    const answer = await ask(root, arn)
    const { Role } = await root.iam.send(new GetRoleCommand({ RoleName: 'Plain' }))
    assert.deepEqual(answer.AssumedRoleUser, { Arn: sessionOf('Plain'), AssumedRoleId: `${Role!.RoleId}:me` })
    assert.match(answer.Credentials!.AccessKeyId!, /^ASIA[A-Z2-7]{16}$/)
    assert.equal(answer.Credentials!.SecretAccessKey!.length, 40)
    assert.ok(answer.Credentials!.SessionToken!.length < 2048)
    const seconds = (answer.Credentials!.Expiration!.getTime() - server.world.now()) / 1000
    assert.ok(seconds > 3590 && seconds <= 3601, `${seconds}`)
    assert.equal(answer.PackedPolicySize, undefined)
  })
})

describe('who is let in', () => {
  test('an unknown role is refused as one that does not trust the caller', async () => {
    await assert.rejects(ask(root, arnOf('None')), refusedAs(rootArn, arnOf('None')))
    await assert.rejects(
      ask(root, `arn:aws:iam::111122223333:role/X`),
      refusedAs(rootArn, 'arn:aws:iam::111122223333:role/X'),
    )
  })

  test('root is let in by its account, its ARN or everyone, and not by another principal', async () => {
    for (const [name, principal] of [
      ['ById', account],
      ['ByArn', rootArn],
      ['ByStar', '*'],
    ] as const) {
      await ask(root, await makeRole(root, name, { trust: trusting(principal) }))
    }
    const service = document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' })
    const closed = await makeRole(root, 'Closed', { trust: service })
    await assert.rejects(ask(root, closed), refusedAs(rootArn, closed))
    const foreign = await makeRole(root, 'Foreign', { trust: trusting('111122223333') })
    await assert.rejects(ask(root, foreign), refusedAs(rootArn, foreign))
  })

  test('a trust policy that names the account needs an identity policy as well', async () => {
    const target = await makeRole(root, 'Target')
    const caller = await assume(server, root, await makeRole(root, 'Caller'))
    await assert.rejects(ask(caller, target), refusedAs(sessionOf('Caller'), target))
    const PolicyDocument = allowing('sts:AssumeRole', target)
    await root.iam.send(new PutRolePolicyCommand({ RoleName: 'Caller', PolicyName: 'p', PolicyDocument }))
    await ask(caller, target)
  })

  test('a trust policy that names the role is enough', async () => {
    const callerArn = await makeRole(root, 'Named')
    const target = await makeRole(root, 'TrustsNamed', { trust: trusting(callerArn) })
    await ask(await assume(server, root, callerArn), target)
    const other = await assume(server, root, await makeRole(root, 'Other', { policy: allowing('sts:*') }))
    await assert.rejects(ask(other, target), refusedAs(sessionOf('Other'), target))
  })

  test('an identity policy alone is never enough', async () => {
    const target = await makeRole(root, 'TrustsNobody', { trust: trusting('111122223333') })
    const caller = await assume(server, root, await makeRole(root, 'Mighty', { policy: allowing('*') }))
    await assert.rejects(ask(caller, target), refusedAs(sessionOf('Mighty'), target))
  })

  test('the external id must be the one the trust policy wants', async () => {
    const trust = trusting(account, 'sts:AssumeRole', { Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } })
    const arn = await makeRole(root, 'External', { trust })
    await assert.rejects(ask(root, arn), refusedAs(rootArn, arn))
    await assert.rejects(ask(root, arn, { ExternalId: 'other' }), refusedAs(rootArn, arn))
    await ask(root, arn, { ExternalId: 'secret' })
  })

  test('no MFA device exists, so none can be shown', async () => {
    const arn = await makeRole(root, 'Mfa')
    await assert.rejects(ask(root, arn, { SerialNumber: `arn:aws:iam::${account}:mfa/x`, TokenCode: '123456' }), {
      name: 'AccessDenied',
      message: /^MultiFactorAuthentication failed/,
    })
  })
})

describe('how long', () => {
  test("no longer than the role's longest session", async () => {
    const arn = await makeRole(root, 'Short')
    await assert.rejects(ask(root, arn, { DurationSeconds: 3601 }), {
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    })
  })

  test('no longer than an hour from role to role', async () => {
    const first = await assume(server, root, await makeRole(root, 'Chain1'))
    const next = await makeRole(root, 'Chain2', { trust: trusting(arnOf('Chain1')) })
    await assert.rejects(ask(first, next, { DurationSeconds: 3601 }), {
      name: 'ValidationError',
      message: 'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    })
    await ask(first, next, { DurationSeconds: 3600 })
  })
})

describe('session policies', () => {
  const readRoles = (clients: Clients, name: string) => clients.iam.send(new GetRoleCommand({ RoleName: name }))

  test('limit the session to what both they and the role allow', async () => {
    const arn = await makeRole(root, 'Wide', { policy: allowing('iam:*') })
    const narrow = await assume(server, root, arn, { Policy: allowing('iam:GetRole', arn) })
    await readRoles(narrow, 'Wide')
    await assert.rejects(readRoles(narrow, 'Plain'), {
      name: 'AccessDenied',
      message: `User: ${sessionOf('Wide')} is not authorized to perform: iam:GetRole on resource: ${arnOf('Plain')} because no session policy allows the iam:GetRole action`,
    })
  })

  test('broken ones are refused, long ones too, and unknown managed ones', async () => {
    await assert.rejects(ask(root, arnOf('Wide'), { Policy: '{' }), {
      name: 'MalformedPolicyDocumentException',
      message: 'This policy contains invalid Json',
    })
    await assert.rejects(ask(root, arnOf('Wide'), { Policy: allowing('iam:*') + ' '.repeat(2048) }), {
      name: 'ValidationError',
    })
    const unknown = [{ arn: `arn:aws:iam::${account}:policy/None` }]
    await assert.rejects(ask(root, arnOf('Wide'), { PolicyArns: unknown }), { name: 'ValidationError' })
  })

  test('may be managed ones, whose default version counts at each request, and which allow nothing once they are gone', async () => {
    const { Policy } = await root.iam.send(
      new CreatePolicyCommand({ PolicyName: 'Limit', PolicyDocument: allowing('iam:GetRole', arnOf('Wide')) }),
    )
    const PolicyArn = Policy!.Arn!
    const narrow = await assume(server, root, arnOf('Wide'), {
      PolicyArns: [{ arn: PolicyArn }],
      Policy: allowing('iam:ListRoles'),
    })
    await readRoles(narrow, 'Wide')
    await narrow.iam.send(new ListRolesCommand({}))
    await assert.rejects(readRoles(narrow, 'Plain'), { message: /because no session policy allows/ })
    await root.iam.send(
      new CreatePolicyVersionCommand({
        PolicyArn,
        PolicyDocument: allowing('iam:GetRole', arnOf('Plain')),
        SetAsDefault: true,
      }),
    )
    await readRoles(narrow, 'Plain')
    await assert.rejects(readRoles(narrow, 'Wide'), { name: 'AccessDenied' })
    const only = await assume(server, root, arnOf('Wide'), { PolicyArns: [{ arn: PolicyArn }] })
    await root.iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: 'v1' }))
    await root.iam.send(new DeletePolicyCommand({ PolicyArn }))
    await assert.rejects(readRoles(only, 'Plain'), { message: /because no session policy allows/ })
  })

  test('say how much of the room they take, and too much is refused', async () => {
    const { PackedPolicySize } = await ask(root, arnOf('Wide'), { Policy: allowing('iam:*') })
    assert.ok(PackedPolicySize! > 0 && PackedPolicySize! < 20)
    const random = () => server.world.random(150).toString('base64').slice(0, 200).replaceAll('+', '-')
    const trust = trusting(account, ['sts:AssumeRole', 'sts:TagSession'])
    const arn = await makeRole(root, 'Packed', { trust })
    const Tags = Array.from({ length: 20 }, (_, index) => ({ Key: `k${index}`, Value: random() }))
    await assert.rejects(ask(root, arn, { Tags }), {
      name: 'PackedPolicyTooLargeException',
      message: /^Packed size of session tags consumes \d{3}% of allotted space\.$/,
    })
  })
})

describe('session tags', () => {
  const tagging = ['sts:AssumeRole', 'sts:TagSession']
  /** May read only the role that bears the name of the caller's team. */
  const byTeam = allowing('iam:GetRole', `arn:aws:iam::${account}:role/\${aws:PrincipalTag/team}`)
  const team = (Value: string, Key = 'team') => [{ Key, Value }]
  const reads = (clients: Clients, RoleName: string) => clients.iam.send(new GetRoleCommand({ RoleName }))

  test('need sts:TagSession in the trust policy', async () => {
    const arn = await makeRole(root, 'NoTags')
    await assert.rejects(ask(root, arn, { Tags: team('x') }), refusedAs(rootArn, arn, 'sts:TagSession'))
  })

  test('are principal tags of the session, and hide the tag of the role whatever its case', async () => {
    const arn = await makeRole(root, 'Teams', { trust: trusting(account, tagging), policy: byTeam })
    await root.iam.send(new TagRoleCommand({ RoleName: 'Teams', Tags: team('Plain', 'Team') }))
    const untagged = await assume(server, root, arn)
    await reads(untagged, 'Plain')
    const tagged = await assume(server, root, arn, { Tags: team('Teams') })
    await reads(tagged, 'Teams')
    await assert.rejects(reads(tagged, 'Plain'), { name: 'AccessDenied' })
  })

  test('are seen by conditions on the request', async () => {
    const trust = trusting(account, tagging, { Condition: { StringEquals: { 'aws:RequestTag/team': 'blue' } } })
    const arn = await makeRole(root, 'Asks', { trust })
    await assert.rejects(ask(root, arn, { Tags: team('red') }), refusedAs(rootArn, arn))
    await ask(root, arn, { Tags: team('blue') })
  })

  test('are handed on if transitive, cannot be replaced then, and otherwise end with the session', async () => {
    await makeRole(root, 'First', { trust: trusting(account, tagging) })
    const next = await makeRole(root, 'Second', { trust: trusting(arnOf('First'), tagging), policy: byTeam })
    const handing = await assume(server, root, arnOf('First'), { Tags: team('Second'), TransitiveTagKeys: ['team'] })
    await reads(await assume(server, handing, next), 'Second')
    await assert.rejects(ask(handing, next, { Tags: team('x', 'TEAM') }), { name: 'InvalidParameterValue' })
    const keeping = await assume(server, root, arnOf('First'), { Tags: team('Second') })
    await assert.rejects(reads(await assume(server, keeping, next), 'Second'), { name: 'AccessDenied' })
  })

  test("come once, are not the system's, and are passed if they are to be transitive", async () => {
    await assert.rejects(ask(root, arnOf('Teams'), { Tags: [...team('a'), ...team('b', 'TEAM')] }), {
      message: 'Duplicate tag keys found. Please note that Tag keys are case insensitive.',
    })
    await assert.rejects(ask(root, arnOf('Teams'), { Tags: team('a', 'aws:x') }), { name: 'InvalidParameterValue' })
    await assert.rejects(ask(root, arnOf('Teams'), { TransitiveTagKeys: ['team'] }), {
      message: 'The specified transitive tag key must be included in the requested tags.',
    })
  })
})

describe('source identity', () => {
  const setting = ['sts:AssumeRole', 'sts:SetSourceIdentity']

  test('needs sts:SetSourceIdentity, is answered, and stays for the whole chain', async () => {
    const plain = await makeRole(root, 'NoSource')
    await assert.rejects(
      ask(root, plain, { SourceIdentity: 'ann' }),
      refusedAs(rootArn, plain, 'sts:SetSourceIdentity'),
    )
    const first = await makeRole(root, 'Source1', { trust: trusting(account, setting) })
    const condition = { Condition: { StringEquals: { 'sts:SourceIdentity': 'ann' } } }
    const next = await makeRole(root, 'Source2', { trust: trusting(first, setting, condition) })
    const session = await assume(server, root, first, { SourceIdentity: 'ann' })
    assert.equal((await ask(session, next)).SourceIdentity, 'ann')
    await assert.rejects(ask(session, next, { SourceIdentity: 'bob' }), { name: 'AccessDenied' })
    await assert.rejects(ask(await assume(server, root, first, { SourceIdentity: 'bob' }), next), {
      name: 'AccessDenied',
    })
  })
})

test('what a policy allows changes for sessions that exist', async () => {
  const arn = await makeRole(root, 'Edited')
  const session = await assume(server, root, arn)
  const read = () => session.iam.send(new GetRoleCommand({ RoleName: 'Edited' }))
  await assert.rejects(read(), { name: 'AccessDenied' })
  await root.iam.send(
    new PutRolePolicyCommand({ RoleName: 'Edited', PolicyName: 'p', PolicyDocument: allowing('iam:GetRole') }),
  )
  await read()
  await session.sts.send(new GetCallerIdentityCommand({}))
})
