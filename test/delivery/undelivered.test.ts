/** What callers are told when the provider does not take a message: AWS's errors, nothing of the provider's words. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import {
  AdminResetUserPasswordCommand,
  ForgotPasswordCommand,
  SignUpCommand,
} from '@aws-sdk/client-cognito-identity-provider'
import { createSend } from '../../src/delivery/send.ts'
import { list, makePool, password, refused, type TestPool } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pool: TestPool
let status = 400
const provider = createServer((_, response) => {
  response.writeHead(status).end('{"code":21211,"message":"+15550100 is bad"}')
})
before(async () => {
  server = await startTestServer()
  provider.listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const { fetch, now } = server.world
  const sms = { provider: 'twilio', url, account: 'AC1', token: 't', from: '+15550999' } as const
  const common = { smtpUrl: undefined, from: '', webhookKey: Buffer.alloc(32), mailbox: undefined }
  const { send } = createSend({ ...common, fetch, now, sms })
  Object.assign(server.world, { send })
  pool = await makePool(server, {
    AutoVerifiedAttributes: ['phone_number'],
    SmsConfiguration: { SnsCallerArn: 'arn:aws:iam::000000000000:role/sms' },
  })
})
after(async () => {
  provider.close()
  await server.close()
})

const signUp = (Username: string) =>
  server.clients.idp.send(
    new SignUpCommand({
      ...{ ClientId: pool.clientId, Username, Password: password },
      UserAttributes: list({ phone_number: '+15550100' }),
    }),
  )

test('a message the provider refuses is a failed delivery', async () => {
  status = 400
  const failed = ['CodeDeliveryFailureException', 'The verification code could not be delivered.'] as const
  await refused(signUp('ann'), ...failed)
  await pool.add('bob', { phone_number: '+15550100', phone_number_verified: 'true' })
  await refused(
    server.clients.idp.send(new ForgotPasswordCommand({ ClientId: pool.clientId, Username: 'bob' })),
    ...failed,
  )
})

test('a provider that does not let us send is a role without the permission', async () => {
  status = 401
  await refused(
    signUp('cleo'),
    'InvalidSmsRoleAccessPolicyException',
    'Role does not have permission to publish with SNS',
  )
})

test('an operation that declares no failed delivery gives the error it declares', async () => {
  status = 400
  await pool.add('dan', { phone_number: '+15550100', phone_number_verified: 'true' })
  const reset = new AdminResetUserPasswordCommand({ UserPoolId: pool.id, Username: 'dan' })
  const error: unknown = await server.clients.idp.send(reset).catch((thrown: unknown) => thrown)
  assert.equal((error as Error).name, 'InvalidSmsRoleAccessPolicyException')
})
