import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { World } from '../../src/world.ts'
import { makePool, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
let hashes = 0

before(async () => {
  server = await startTestServer()
  pool = await makePool(server)
  await pool.add('target')
  const { slow } = server.world
  const counted: World['slow'] = {
    ...slow,
    hashPassword: (...args) => {
      hashes += 1
      return slow.hashPassword(...args)
    },
    verifyPassword: (...args) => {
      hashes += 1
      return slow.verifyPassword(...args)
    },
  }
  Object.assign(server.world, { slow: counted })
})
after(() => server.close())

for (const length of [257, 1_000_000])
  test(`case 46: a password of ${length} characters is refused wherever one is taken, and never hashed`, async () => {
    const long = `aA1!${'x'.repeat(length - 4)}`
    const AccessToken = await pool.tokenOf('target')
    const { clientId: ClientId } = pool
    const calls: Record<string, object> = {
      SignUp: { ClientId, Username: 'long', Password: long },
      ChangePassword: { AccessToken, PreviousPassword: long, ProposedPassword: long },
      ConfirmForgotPassword: { ClientId, Username: 'target', ConfirmationCode: '123456', Password: long },
    }
    for (const [operation, input] of Object.entries(calls)) {
      const { status, body } = await server.post(`AWSCognitoIdentityProviderService.${operation}`, input)
      assert.ok(status >= 400 && status < 500, `${operation} ${status}`)
      if (length === 257) {
        assert.equal(body.__type, 'InvalidParameterException')
        assert.match(
          body.message ?? '',
          /failed to satisfy constraint: Member must have length less than or equal to 256/,
        )
      }
      assert.equal(JSON.stringify(body).includes('xxxx'), false)
    }
    assert.equal(hashes, 0)
  })
