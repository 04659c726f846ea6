/** Why a request was denied: kept, asked for over the wire and from the command line; and policies that are wrong before they deny. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { ListRolesCommand } from '@aws-sdk/client-iam'
import { CreateBucketCommand, GetObjectCommand } from '@aws-sdk/client-s3'
import { AssumeRoleCommand } from '@aws-sdk/client-sts'
import type { Denial } from '../../src/iam/denials.ts'
import { signedHeaders } from '../../src/outbound/aws.ts'
import { account, allowing, assume, makeRole, trusting } from '../support/roles.ts'
import { type Keys, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let folder = ''
before(async () => {
  server = await startTestServer()
  folder = await mkdtemp(join(tmpdir(), 'lint-'))
})
after(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function ask(body: unknown, keys: Keys = { accessKeyId: 'test', secretAccessKey: 'test' }) {
  const url = `${server.endpoint}/poolhouse/explain`
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const by = { region: 'us-east-1', service: 'iam', keys, now: server.world.now() }
  const { host: _, ...headers } = signedHeaders({ url, plain: {}, body: text, ...by })
  const answer = await fetch(url, { method: 'POST', headers, body: text })
  return {
    status: answer.status,
    body: (await answer.json()) as { __type?: string; message?: string; Denials?: Denial[] },
  }
}

/** The request id of what a call was refused with. */
async function refused(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => assert.fail('It was allowed.'),
    (thrown: { $metadata: { requestId: string } }) => thrown,
  )
  return error.$metadata.requestId
}

const own = 'arn:aws:s3:::pictures/${aws:username}/*'

describe('a denial', () => {
  test('is explained by its request id: the sentence, the statements, the hint', async () => {
    await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'pictures' }))
    const role = await makeRole(server.clients, 'Uploader', { policy: allowing('s3:GetObject', own) })
    const { s3 } = await assume(server, server.clients, role)
    const id = await refused(s3.send(new GetObjectCommand({ Bucket: 'pictures', Key: 'me/a.png' })))
    const { status, body } = await ask({ RequestId: id })
    assert.equal(status, 200)
    const denial = body.Denials!.find(({ Action }) => Action === 's3:GetObject')!
    assert.equal(denial.Caller, `arn:aws:sts::${account}:assumed-role/Uploader/me`)
    assert.equal(denial.Resource, 'arn:aws:s3:::pictures/me/a.png')
    assert.deepEqual([denial.Outcome, denial.Reason], ['implicitDeny', 'identity'])
    assert.match(denial.Sentence, /has no value for \$\{aws:username\}/)
    assert.match(denial.Hints.join(), /no value in a session of a role/)
    assert.deepEqual(denial.MissingKeys, ['aws:username'])
    assert.match(denial.Policies[0]!.Statements[0]!.Why, /resource asks for/)
    assert.equal(denial.Context['aws:principaltype'], 'AssumedRole')
  })

  test('of a trust policy is kept too', async () => {
    const elsewhere = trusting(account, 'sts:AssumeRole', { Condition: { StringEquals: { 'sts:ExternalId': 'x' } } })
    const RoleArn = await makeRole(server.clients, 'Outside', { trust: elsewhere })
    const id = await refused(server.clients.sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'me' })))
    const [denial] = (await ask({ RequestId: id })).body.Denials!
    assert.deepEqual([denial!.Action, denial!.Reason], ['sts:AssumeRole', 'trust'])
  })

  test('is told to root and to whoever is allowed to ask, to nobody else', async () => {
    const nobody = await assume(server, server.clients, await makeRole(server.clients, 'Curious'))
    const id = await refused(nobody.iam.send(new ListRolesCommand({})))
    assert.deepEqual(
      [(await ask({ RequestId: id }, nobody.keys)).status, (await ask({ RequestId: id }, nobody.keys)).body.__type],
      [403, 'AccessDeniedException'],
    )
    const policy = allowing('poolhouse:Explain')
    const helper = await assume(server, server.clients, await makeRole(server.clients, 'Helper', { policy }))
    assert.equal((await ask({ RequestId: id }, helper.keys)).status, 200)
    const unsigned = await fetch(`${server.endpoint}/poolhouse/explain`, {
      method: 'POST',
      body: JSON.stringify({ RequestId: id }),
    })
    assert.equal(((await unsigned.json()) as { __type: string }).__type, 'MissingAuthenticationTokenException')
  })

  test('is unknown under another id and after a day; a body that is none is refused', async () => {
    const nobody = await assume(server, server.clients, await makeRole(server.clients, 'Late'))
    const id = await refused(nobody.iam.send(new ListRolesCommand({})))
    assert.equal((await ask({ RequestId: 'other' })).status, 404)
    for (const body of ['{', '[]', '{"RequestId":7}', '{"RequestId":"a b"}']) {
      assert.equal((await ask(body)).body.__type, 'ValidationException')
    }
    server.world.clock.advance(86_400_001)
    // Signed and asked at the same, later time.
    assert.equal((await ask({ RequestId: id })).status, 404)
    server.world.clock.advance(-86_400_001)
  })
})

const run = promisify(execFile)
type Ended = { code: number; stdout: string; stderr: string }
const poolhouse = (args: string[], environment: Record<string, string> = {}): Promise<Ended> =>
  run(process.execPath, ['poolhouse.js', ...args], { env: { ...process.env, ...environment } }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Ended) => error,
  )

describe('poolhouse lint', () => {
  const file = async (name: string, text: string) => {
    const path = join(folder, name)
    await writeFile(path, text)
    return path
  }

  test('names file, line and column, and ends with 1 where IAM would refuse', async () => {
    const path = await file(
      'broken.json',
      '{\n  "Version": "2012-10-17",\n  "Statement": [\n    { "Effect": "Allow", "Action": "s3:*", "Resource": "*" },\n    { "Effect": "Allow", "Action": "s3", "Resource": "*" }\n  ]\n}\n',
    )
    const { code, stdout } = await poolhouse(['lint', path])
    assert.equal(code, 1)
    assert.equal(
      stdout,
      `${path}:5:5: error: Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.\n`,
    )
    const half = await poolhouse(['lint', await file('half.json', '{\n  "Version": }')])
    assert.equal(half.code, 1)
    assert.match(half.stdout, /half\.json:2:15: error: Syntax errors in policy\.\n$/)
  })

  test('warns of what cannot work, and ends with 0', async () => {
    const path = await file('warned.json', allowing('s3:GetObject', [own]))
    const { code, stdout } = await poolhouse(['lint', path])
    assert.equal(code, 0)
    assert.match(
      stdout,
      /warned\.json:1:\d+: warning: .*no value in a session of a role.* \[variable-without-value\]\n$/,
    )
    assert.equal((await poolhouse(['lint', '--of', 'user', path])).stdout, '')
  })

  test('tells a trust policy by itself', async () => {
    const trust = trusting('*').replace('"AWS":"*"', '"Service":"cognito-identity.amazonaws.com"')
    const { stdout } = await poolhouse(['lint', await file('trust.json', trust)])
    assert.match(stdout, /Identity pools are no service principal/)
  })

  test('says how it is used', async () => {
    for (const args of [[], ['--kind', 'other', 'x'], ['--nonsense', 'x']]) {
      const { code, stderr } = await poolhouse(['lint', ...args])
      assert.deepEqual([code, stderr.startsWith('Usage: poolhouse lint')], [2, true])
    }
    const gone = await poolhouse(['lint', join(folder, 'gone.json')])
    assert.match(gone.stderr, /gone\.json cannot be read\./)
  })
})

test('poolhouse explain prints what a server says', async () => {
  const nobody = await assume(server, server.clients, await makeRole(server.clients, 'Terminal'))
  const id = await refused(nobody.iam.send(new ListRolesCommand({})))
  const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
  const { code, stdout } = await poolhouse(['explain', id, '--endpoint', server.endpoint], keys)
  assert.equal(code, 0)
  assert.match(stdout, /was denied iam:ListRoles on \* \(implicitDeny, decided by identity\)/)
  const unknown = await poolhouse(['explain', 'unknown', '--endpoint', server.endpoint], keys)
  assert.deepEqual([unknown.code, /Nothing is known of a denial/.test(unknown.stderr)], [1, true])
  assert.equal((await poolhouse(['explain'])).code, 2)
})
