/** boto3 with the credentials of an identity pool: what gateway_boto3.py does with five services. Skipped without boto3. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { GetIdCommand } from '@aws-sdk/client-cognito-identity'
import { UpdateUserPoolClientCommand } from '@aws-sdk/client-cognito-identity-provider'
import { self } from '../support/gateway.ts'
import { addUser, giveRoles, loginsOf, makeIdentityPool, makeUserPool } from '../support/identities.ts'
import { openPlace, ownThings, type Place } from './gateway-place.ts'

const script = fileURLToPath(new URL('gateway_boto3.py', import.meta.url))
const has = spawnSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0
const skip = has ? false : 'boto3 is not installed'

let place: Place
let environment: Record<string, string>
before(async () => {
  place = await openPlace()
  const { server, folder } = place
  const userPool = await makeUserPool(server)
  const names = { UserPoolId: userPool.id, ClientId: userPool.clientId }
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH' as const, 'ALLOW_REFRESH_TOKEN_AUTH' as const]
  await server.clients.idp.send(new UpdateUserPoolClientCommand({ ...names, ExplicitAuthFlows }))
  for (const name of ['ann', 'bob']) await addUser(server, userPool, name)
  const IdentityPoolId = await makeIdentityPool(server, [userPool])
  await giveRoles(server, IdentityPoolId, { user: ownThings(self) })
  const Logins = await loginsOf(server, userPool, 'bob')
  const { IdentityId: OTHER = '' } = await server.clients.identity.send(new GetIdCommand({ IdentityPoolId, Logins }))
  environment = {
    ...{ POOL: userPool.id, CLIENT: userPool.clientId, IDENTITY_POOL: IdentityPoolId, OTHER },
    ...{ AWS_ENDPOINT_URL: server.endpoint, AWS_DEFAULT_REGION: 'us-east-1', AWS_MAX_ATTEMPTS: '1' },
    // No keys but those that the identity pool hands out; Python finds boto3 by HOME.
    ...{ AWS_CONFIG_FILE: join(folder, 'config'), AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials') },
    ...{ AWS_EC2_METADATA_DISABLED: 'true', PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' },
  }
})
after(() => place?.close())

test('boto3 uses five services with the credentials of an identity, and reads why the rest is denied', {
  skip,
}, async (t) => {
  const python = spawn('python3', [script], { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  const told: string[] = []
  for await (const line of createInterface({ input: python.stdout })) {
    const { service, error } = JSON.parse(line) as { service: string; error: string | null }
    told.push(service)
    await t.test(service, () => assert.equal(error, null))
  }
  assert.deepEqual(told, ['s3', 'dynamodb', 'sqs', 'lambda_', 'kinesis'])
})
