/** Attacks on STS, session policies and signed proofs. The numbers are those of the project's list of cases. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { GetRoleCommand, PutRolePolicyCommand, UpdateAssumeRolePolicyCommand } from '@aws-sdk/client-iam'
import { assumeRoleWithWebIdentity } from '../../src/sts/web-identity.ts'
import { account, allowing, assume, document, makeRole, postForm, trusting } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const cognito = 'cognito-identity.amazonaws.com'
const sts = '2011-06-15'

test('case 75: a trust policy that admits identities of every pool in the world is not saved', async () => {
  await makeRole(server.clients, 'Saved')
  const open = (Condition?: object) =>
    document({ Effect: 'Allow', Principal: { Federated: cognito }, Action: 'sts:AssumeRoleWithWebIdentity', Condition })
  const amrOnly = { 'ForAnyValue:StringLike': { [`${cognito}:amr`]: 'authenticated' } }
  for (const condition of [
    undefined,
    amrOnly,
    { StringLike: { [`${cognito}:aud`]: '*' } },
    { StringNotEquals: { [`${cognito}:aud`]: 'x' } },
  ]) {
    const refused = { name: 'MalformedPolicyDocumentException' }
    await assert.rejects(makeRole(server.clients, 'Open', { trust: open(condition) }), refused)
    const PolicyDocument = open(condition)
    await assert.rejects(
      server.clients.iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: 'Saved', PolicyDocument })),
      refused,
    )
  }
  await makeRole(server.clients, 'Bound', { trust: open({ StringEquals: { [`${cognito}:aud`]: 'us-east-1:pool' } }) })
})

test('case 76: an identity of another pool is refused by a role that wants one pool', async () => {
  const arn = await makeRole(server.clients, 'OnePool', {
    trust: document({
      Effect: 'Allow',
      Principal: { Federated: cognito },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: { StringEquals: { [`${cognito}:aud`]: 'us-east-1:mine' } },
    }),
  })
  const enter = (audience: string, provider = cognito) =>
    assumeRoleWithWebIdentity(
      server.world,
      { region: 'us-east-1', address: '127.0.0.1', userAgent: '', secure: true },
      {
        identity: { provider, issuer: `https://${provider}`, subject: 'us-east-1:x', audience, amr: ['authenticated'] },
        roleArn: arn,
        sessionName: 'me',
      },
    )
  await enter('us-east-1:mine')
  const refused = { code: 'AccessDenied', message: 'Not authorized to perform sts:AssumeRoleWithWebIdentity' }
  await assert.rejects(enter('us-east-1:other'), refused)
  await assert.rejects(enter('us-east-1:mine', 'accounts.google.com'), refused)
})

test('case 77: a session policy limits what the session may do, and what it may assume', async () => {
  const first = await makeRole(server.clients, 'First', { policy: allowing('*') })
  const second = await makeRole(server.clients, 'Second')
  const narrow = await assume(server, server.clients, first, { Policy: allowing('iam:GetRole', second) })
  await narrow.iam.send(new GetRoleCommand({ RoleName: 'Second' }))
  await assert.rejects(narrow.iam.send(new GetRoleCommand({ RoleName: 'First' })), { name: 'AccessDenied' })
  // The role alone may assume the second; the session policy does not allow it.
  await assert.rejects(assume(server, narrow, second), { name: 'AccessDenied' })
  await assume(server, await assume(server, server.clients, first), second)
})

test('case 77: a session policy holds for a role that the trust policy names', async () => {
  const first = await makeRole(server.clients, 'NamedFirst')
  const second = await makeRole(server.clients, 'NamedSecond', { trust: trusting(first) })
  const narrow = await assume(server, server.clients, first, { Policy: allowing('iam:GetRole') })
  await assert.rejects(assume(server, narrow, second), { name: 'AccessDenied' })
  await assume(server, await assume(server, server.clients, first), second)
})

test('case 77: nobody takes off the session policy by putting another policy on the role', async () => {
  const arn = await makeRole(server.clients, 'SelfHelp', { policy: allowing('*') })
  const narrow = await assume(server, server.clients, arn, { Policy: allowing('iam:PutRolePolicy') })
  await narrow.iam.send(
    new PutRolePolicyCommand({ RoleName: 'SelfHelp', PolicyName: 'more', PolicyDocument: allowing('iam:GetRole') }),
  )
  await assert.rejects(narrow.iam.send(new GetRoleCommand({ RoleName: 'SelfHelp' })), { name: 'AccessDenied' })
})

test('case 78: every signed operation of STS and IAM refuses a call that nobody signed', async () => {
  const { services } = await import('../../src/app.ts')
  for (const { model, operations } of [services['sts']!, services['iam']!]) {
    for (const { name, signed } of operations.values()) {
      if (!signed) continue
      const { status, text } = await postForm(server.endpoint, { Action: name, Version: model.apiVersion })
      assert.equal(status, 403, name)
      assert.match(text, /<Code>MissingAuthenticationToken<\/Code>/, name)
    }
  }
})

test('case 78: an authorization of another kind, or two that disagree, is not taken for a signature', async () => {
  const call = { Action: 'GetCallerIdentity', Version: sts }
  for (const authorization of [
    'Basic dGVzdDp0ZXN0',
    'Bearer test',
    'AWS test:abc',
    'AWS4-HMAC-SHA256',
    'AWS4-HMAC-SHA256 Credential=test',
  ]) {
    const { status } = await postForm(server.endpoint, call, { authorization })
    assert.ok(status === 403 || status === 400, `${authorization}: ${status}`)
  }
  const both = await postForm(`${server.endpoint}/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test`, call, {
    authorization:
      'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=0',
  })
  assert.notEqual(both.status, 200)
})

test('case 78: credentials in the body count for nothing', async () => {
  const { status } = await postForm(server.endpoint, {
    Action: 'GetCallerIdentity',
    Version: sts,
    AWSAccessKeyId: 'test',
    'X-Amz-Credential': 'test/20260101/us-east-1/sts/aws4_request',
    'X-Amz-Signature': '0',
  })
  assert.equal(status, 403)
})

test('case 79: what proves who one is answers XML only, whatever the caller says it accepts', async () => {
  const { headers, text } = await postForm(
    server.endpoint,
    { Action: 'GetCallerIdentity', Version: sts },
    { accept: 'application/json' },
  )
  assert.match(headers.get('content-type') ?? '', /^text\/xml/)
  assert.match(text, /^<ErrorResponse xmlns="https:\/\/sts\.amazonaws\.com\/doc\/2011-06-15\/">/)
})

test('case 79: a message cannot carry markup into the answer', async () => {
  const { text } = await postForm(server.endpoint, {
    Action: 'AssumeRoleWithWebIdentity',
    Version: sts,
    RoleSessionName: '</Message><Arn>arn:aws:iam::1:root</Arn>',
    RoleArn: 'x',
    WebIdentityToken: 'abcd',
  })
  assert.doesNotMatch(text, /<Arn>/)
  assert.match(text, /&lt;Arn&gt;/)
})

test('case 79: an unsigned web identity is nobody: forged, cut and re-signed tokens are refused', async () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const claims = {
    iss: 'https://cognito-identity.amazonaws.com',
    aud: 'us-east-1:pool',
    sub: 'us-east-1:x',
    amr: ['authenticated'],
    exp: 9_999_999_999,
  }
  for (const alg of ['none', 'nOnE', 'HS256', 'RS512']) {
    for (const signature of ['', 'AAAA']) {
      const { status, text } = await postForm(server.endpoint, {
        Action: 'AssumeRoleWithWebIdentity',
        Version: sts,
        RoleArn: `arn:aws:iam::${account}:role/Bound`,
        RoleSessionName: 'me',
        WebIdentityToken: `${encode({ alg, kid: 'us-east-11', typ: 'JWS' })}.${encode(claims)}.${signature}`,
      })
      assert.equal(status, 400, `${alg} ${text}`)
      assert.match(text, /<Code>InvalidIdentityToken<\/Code>/)
    }
  }
})

test('case 79: an answer to another installation proves nothing here', async () => {
  const other = await startTestServer()
  try {
    const session = await assume(other, other.clients, await makeRole(other.clients, 'There'))
    await makeRole(server.clients, 'There')
    const here = server.clientsWith(session.keys)
    await assert.rejects(here.iam.send(new GetRoleCommand({ RoleName: 'There' })), { name: 'InvalidClientTokenId' })
  } finally {
    await other.close()
  }
})

test('case 37: who brings no true token is not told which policies there are', async () => {
  const refusals = await Promise.all(
    ['arn:aws:iam::aws:policy/AdministratorAccess', `arn:aws:iam::${account}:policy/none`].map(async (arn) => {
      const { status, text } = await postForm(server.endpoint, {
        ...{ Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleSessionName: 'me' },
        ...{ RoleArn: `arn:aws:iam::${account}:role/r`, WebIdentityToken: 'none', 'PolicyArns.member.1.arn': arn },
      })
      return [status, /<Code>(.*?)<\/Code>/.exec(text)?.[1], /<Message>(.*?)<\/Message>/.exec(text)?.[1]]
    }),
  )
  assert.equal(refusals[0]?.[1], 'InvalidIdentityToken')
  assert.deepEqual(refusals[0], refusals[1])
})
