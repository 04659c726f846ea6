/** Case 83: a refusal repeats little of what was sent: else the answer to a hostile request is larger than the request. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { json, openLane } from '../../bench/load.ts'
import { signed } from '../../bench/sign.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server.close())

const most = 16_384

test('case 83: long keys, names and values come back cut, in the head and in the body', async () => {
  const lane = await openLane(Number(new URL(server.endpoint).port))
  try {
    const long = 'x'.repeat(500_000)
    const mapping = { Type: 'neither', AmbiguousRoleResolution: 'neither' }
    const body = JSON.stringify({
      IdentityPoolId: long,
      Roles: { [long]: long },
      RoleMappings: { [long]: mapping, [`${long}y`]: mapping },
    })
    const target = 'AWSCognitoIdentityService.SetIdentityPoolRoles'
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target }
    const root = { accessKeyId: 'test', secretAccessKey: 'test' }
    const mapped = await lane.ask(
      signed(root, { method: 'POST', path: '/', service: 'cognito-identity', headers, body }),
    )
    assert.equal(mapped.status, 400)
    assert.match(mapped.body, /validation errors detected/)
    assert.ok(mapped.body.length < most, `${mapped.body.length}`)
    const named = await lane.ask(
      json('AWSCognitoIdentityService.GetId', {
        IdentityPoolId: long.slice(0, 200_000),
        AccountId: long.slice(0, 200_000),
      }),
    )
    assert.equal(named.status, 400)
    assert.ok(named.body.length < most, `${named.body.length}`)
  } finally {
    lane.close()
  }
})

test('case 83: the header that repeats a refusal has an end', async () => {
  const UserAttributes = Array.from({ length: 40 }, () => ({ Name: 'x'.repeat(600), Value: '' }))
  const wanted = { ClientId: 'x', Username: 'x', Password: 'x', UserAttributes }
  const { status, headers } = await server.post('AWSCognitoIdentityProviderService.SignUp', wanted)
  assert.equal(status, 400)
  assert.ok((headers.get('x-amzn-errormessage') ?? '').length <= 4_096)
})
