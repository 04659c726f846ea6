/** Events for functions: what Lambda answers at once, what the function is given later, and how often. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { pino } from 'pino'
import { functionEvents } from '../../src/gateway/lambda/events.ts'
import { tryDue } from '../../src/jobs/queue.ts'
import { sql } from '../../src/store/db.ts'
import { makePeople } from '../support/gateway.ts'
import { allowing } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const heard: { headers: IncomingHttpHeaders; body: string }[] = []
let reply = { status: 200, body: '{}' }
const functionServer = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() })
  response.writeHead(reply.status, { 'content-type': 'application/json' }).end(reply.body)
})

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-functions-'))
const lines: Record<string, unknown>[] = []
let server: TestServer
let lambda: LambdaClient

before(async () => {
  await new Promise<void>((resolve) => functionServer.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(functionServer.address() as AddressInfo).port}`
  const code = `exports.handler = async (event, { clientContext, identity, awsRequestId }) => {
    await fetch('${url}', { method: 'POST', body: JSON.stringify({ event, clientContext, identity, awsRequestId }) })
  }`
  writeFileSync(join(folder, 'tells.cjs'), code)
  const tells = { file: join(folder, 'tells.cjs'), handler: 'tells.handler' }
  server = await startTestServer({ functions: JSON.stringify({ told: { url, secret: 's' }, tells }) })
  Object.assign(server.world, {
    log: pino({ level: 'warn' }, { write: (line: string) => lines.push(JSON.parse(line)) }),
  })
  lambda = new LambdaClient({
    ...{ endpoint: server.endpoint, region: 'us-east-1', maxAttempts: 1 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  })
})
after(async () => {
  lambda.destroy()
  await server.close()
  functionServer.close()
  rmSync(folder, { recursive: true })
})
beforeEach(() => {
  heard.length = 0
  lines.length = 0
  reply = { status: 200, body: '{}' }
})

const FunctionName = 'told'
const send = (Payload: string, more: object = {}) =>
  lambda.send(new InvokeCommand({ FunctionName, InvocationType: 'Event', Payload, ...more }))
const due = () => tryDue(server.world, functionEvents)

test('an event is acknowledged before the function is asked, and brought to it once', async () => {
  const { StatusCode, Payload, $metadata } = await send('{"n":1}')
  assert.deepEqual([StatusCode, Payload?.length ?? 0, heard.length], [202, 0, 0])
  const kept = await server.world.db.get<{ body: string }>(sql`select body from jobs`)
  assert.ok(
    kept && !kept.body.includes('"n"') && !Buffer.from(kept.body, 'base64url').includes('"n"'),
    'it is readable',
  )
  assert.equal(await due(), 1)
  assert.deepEqual(
    heard.map(({ body, headers }) => [body, headers['x-amzn-requestid']]),
    [['{"n":1}', $metadata.requestId]],
  )
  server.world.clock.advance(600_000)
  assert.equal(await due(), 0)
  server.world.clock.advance(-600_000)
})

test('a function that fails is asked three times in all, with the same request id, and then the log has it', async () => {
  reply = { status: 500, body: '{"errorMessage":"on purpose"}' }
  const { $metadata } = await send('{}')
  for (const minutes of [0, 1, 2, 10]) {
    server.world.clock.advance(minutes * 60_000 + 500)
    await due()
  }
  server.world.clock.advance(-13 * 60_000 - 2_000)
  assert.deepEqual(
    heard.map(({ headers }) => headers['x-amzn-requestid']),
    Array(3).fill($metadata.requestId),
  )
  const [gone] = lines.filter(({ msg }) => msg === 'An event for a function was given up.')
  assert.deepEqual([gone?.['job'], gone?.['reason'], gone?.['tries']], [$metadata.requestId, 'on purpose', 3])
  assert.match(String(gone?.['target']), /:function:told$/)
})

test('the function finds who called, and what the app sent along', async () => {
  const people = await makePeople(server)
  const me = await people.join()
  await people.allow(allowing('lambda:InvokeFunction'))
  const mine = new LambdaClient(me.config)
  const ClientContext = Buffer.from(JSON.stringify({ custom: { a: 1 } })).toString('base64')
  const event = { FunctionName: 'tells', InvocationType: 'Event' as const, Payload: '{"b":2}', ClientContext }
  const { $metadata } = await mine.send(new InvokeCommand(event))
  mine.destroy()
  assert.equal(await due(), 1)
  const seen = JSON.parse(heard[0]?.body ?? '')
  assert.deepEqual(
    [seen.event, seen.clientContext, seen.identity.cognitoIdentityId, seen.awsRequestId],
    [{ b: 2 }, { custom: { a: 1 } }, me.identityId, $metadata.requestId],
  )
})

test('a function that is down or busy gets the event when it is back', async () => {
  await send('{"late":true}')
  for (const status of [503, 429, 503, 429, 503]) {
    reply = { status, body: '' }
    assert.equal(await due(), 1)
    server.world.clock.advance(20_000)
  }
  reply = { status: 200, body: '{}' }
  assert.equal(await due(), 1)
  assert.equal(await due(), 0)
  server.world.clock.advance(-100_000)
  assert.equal(heard.length, 6)
})

test('refused are a wrong type, no JSON, more than a megabyte, and a function that is not there', async () => {
  const named = (name: string, status: number, message: RegExp) => (error: Error) => {
    assert.deepEqual(
      [error.name, (error as Error & { $metadata: { httpStatusCode: number } }).$metadata.httpStatusCode],
      [name, status],
    )
    assert.match(error.message, message)
    return true
  }
  await assert.rejects(
    send('{}', { InvocationType: 'Later' }),
    named('InvalidParameterValueException', 400, /Invalid invocation type: Later/),
  )
  await assert.rejects(send('no json'), named('InvalidRequestContentException', 400, /Could not parse request body/))
  const megabyte = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2))
  await assert.rejects(
    send(megabyte(1024 * 1024 + 1)),
    named('RequestTooLargeException', 413, /must be smaller than 1048576 bytes for the InvokeFunction operation/),
  )
  for (const InvocationType of ['Event', 'DryRun'])
    await assert.rejects(
      send('{}', { InvocationType, FunctionName: 'nobody' }),
      named(
        'ResourceNotFoundException',
        404,
        /^Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody$/,
      ),
    )
  assert.equal(await due(), 0)
  assert.equal((await send(megabyte(1024 * 1024))).StatusCode, 202)
  assert.equal(await due(), 1)
})
