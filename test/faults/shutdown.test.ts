import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { AdminGetUserCommand, SignUpCommand } from '@aws-sdk/client-cognito-identity-provider'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { startProduct } from '../support/product.ts'
import { until } from '../support/until.ts'
import { isRefusal, makePlace, sideOf } from './deeds.ts'

const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
after(() => rmSync(data, { recursive: true, force: true }))

/** A request of which the server has read the head and none of the body: it said so, and waits. */
async function begin(url: string | URL, method: string, headers: Record<string, string>, body: string) {
  const asked = request(url, { method, headers: { ...headers, expect: '100-continue', 'content-length': body.length } })
  const answered = once(asked, 'response') as Promise<[IncomingMessage]>
  asked.flushHeaders()
  await once(asked, 'continue')
  return async () => {
    asked.end(body)
    const [answer] = await answered
    return { status: answer.statusCode, body: await text(answer) }
  }
}

/** New connections are refused once the server has begun to stop. */
async function stopsListening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const refused = await once(socket, 'connect').then(
      () => false,
      () => true,
    )
    socket.destroy()
    if (refused) return
    await pause(5)
  }
}

test('SIGTERM under load: what runs is finished, the exit is in order, and all that was acknowledged is there', async () => {
  const product = await startProduct({ data })
  const place = await makePlace(product.endpoint)
  const side = sideOf(product.endpoint, place)
  const { ClientId, UserPoolId } = place

  const acknowledged: string[] = []
  const lanes = Array.from({ length: 6 }, async (_, lane) => {
    for (let turn = 0; ; turn += 1) {
      const Username = `u${lane}-${turn}`
      await side.idp.send(new SignUpCommand({ ClientId, Username, Password: 'Passw0rd!' }))
      acknowledged.push(Username)
    }
  })
  const load = Promise.allSettled(lanes)
  await until(() => acknowledged.length >= 20, product.log)

  const put = new PutObjectCommand({ Bucket: 'faults', Key: 'late' })
  const url = await getSignedUrl(side.s3, put, { expiresIn: 60, unhoistableHeaders: new Set() })
  const bytes = 'late '.repeat(20_000)
  const finishPut = await begin(url, 'PUT', {}, bytes)
  const finishSignUp = await begin(
    product.endpoint,
    'POST',
    {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.SignUp',
    },
    JSON.stringify({ ClientId, Username: 'late', Password: 'Passw0rd!' }),
  )

  const ended = product.end('SIGTERM')
  await stopsListening(product.port)
  const acknowledgedBefore = acknowledged.length
  const [signedUp, uploaded] = await Promise.all([finishSignUp(), finishPut()])
  assert.equal(signedUp.status, 200, signedUp.body)
  assert.equal(uploaded.status, 200, uploaded.body)
  assert.equal(await ended, 0, product.log())
  const outcomes = await load
  for (const outcome of outcomes) assert.ok(outcome.status === 'rejected' && !isRefusal(outcome.reason))

  // The answer under way, and one that came right behind it: then the connection is told to go.
  assert.ok(acknowledged.length - acknowledgedBefore <= 2 * lanes.length, 'busy connections were served on and on')

  const again = await startProduct({ data })
  const { idp, s3 } = sideOf(again.endpoint, place)
  for (const Username of [...acknowledged, 'late']) {
    const { UserStatus } = await idp.send(new AdminGetUserCommand({ UserPoolId, Username }))
    assert.equal(UserStatus, 'UNCONFIRMED')
  }
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'faults', Key: 'late' }))
  assert.equal(await Body?.transformToString(), bytes)
  assert.equal(await again.end('SIGTERM'), 0)
})

test('connections that only idle do not hold up the end', async () => {
  const product = await startProduct({ data })
  const socket = connect(product.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(socket, 'data')
  const closed = once(socket, 'close')
  assert.equal(await product.end('SIGTERM'), 0)
  await closed
})
