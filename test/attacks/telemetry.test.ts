/** Case 83: what is kept and sent about sign-ins as an attack surface: secrets in logs, and words of the caller's choosing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { SetLogDeliveryConfigurationCommand } from '@aws-sdk/client-cognito-identity-provider'
import { sql } from '../../src/store/db.ts'
import { flush } from '../../src/user-pools/risk/event-log.ts'
import { stopWatching } from '../../src/user-pools/risk/stop.ts'
import { password } from '../support/people.ts'
import type { TestServer } from '../support/server.ts'
import { callFrom, makeWatchedPool, signInFrom, startWatchedServer } from '../support/watched.ts'

let server: TestServer
before(async () => {
  server = await startWatchedServer()
})
after(() => server.close())

test('case 83: neither the log of events nor what is delivered of it holds a password, token, session or code', async () => {
  const delivered: string[] = []
  Object.assign(server.world, {
    deliverLogs: async (_: string, records: string[]) => {
      delivered.push(...records)
    },
  })
  const pool = await makeWatchedPool(server)
  const S3Configuration = { BucketArn: 'arn:aws:s3:::anywhere' }
  const LogConfigurations = [{ EventSource: 'userAuthEvents', LogLevel: 'INFO', S3Configuration } as const]
  await server.clients.idp.send(
    new SetLogDeliveryConfigurationCommand({ UserPoolId: pool.id, LogConfigurations: [...LogConfigurations] }),
  )
  await pool.add('ann', { email: 'ann@example.com', email_verified: 'true' })
  const { body } = await signInFrom(server, pool, 'ann')
  const tokens = Object.values(body['AuthenticationResult'] as Record<string, string>).filter(
    (one) => String(one).length > 20,
  )
  assert.equal(tokens.length, 3)
  await signInFrom(server, pool, 'ann', {}, 'Guessed-Secret-7!')
  await callFrom(server, 'ForgotPassword', { ClientId: pool.clientId, Username: 'ann' })
  await flush(server.world)
  await stopWatching(server.world)
  const rows = await server.world.db.all<{ document: string }>(sql`select document from auth_events`)
  assert.equal(rows.length, 3)
  assert.equal(delivered.length, 3)
  const all = [...rows.map(({ document }) => document), ...delivered].join('\n')
  const secrets = [password, 'Guessed-Secret-7!', ...tokens, server.world.codeSentTo('ann@example.com')]
  for (const secret of secrets) assert.ok(!all.includes(secret), secret.slice(0, 12))
})

test('case 83: a user agent or context data of the caller’s choosing becomes a name of a closed set', async () => {
  const pool = await makeWatchedPool(server)
  await pool.add('ann')
  const agent = 'evil <script>alert(1)</script> jndi:ldap://x'
  const EncodedData = Buffer.from(
    JSON.stringify({ payload: JSON.stringify({ contextData: { UserAgent: agent, ClientTimezone: agent } }) }),
  ).toString('base64')
  await callFrom(
    server,
    'InitiateAuth',
    {
      ...{ ClientId: pool.clientId, AuthFlow: 'USER_PASSWORD_AUTH', UserContextData: { EncodedData } },
      AuthParameters: { USERNAME: 'ann', PASSWORD: password },
    },
    { agent },
  )
  await flush(server.world)
  const rows = await server.world.db.all<{ document: string }>(
    sql`select document from auth_events where pool_id = ${pool.id}`,
  )
  assert.equal(rows.length, 1)
  assert.doesNotMatch(rows[0]?.document ?? '', /script|jndi|evil/)
  assert.match(rows[0]?.document ?? '', /"Other, Other"/)
})
