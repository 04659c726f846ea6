import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { SetIdentityPoolConfigurationCommand } from '@aws-sdk/client-cognito-sync'
import { startProduct } from '../support/product.ts'
import { allowing, document, makeRole } from '../support/roles.ts'
import { clientsFor, type TestServer } from '../support/server.ts'
import { makeSyncPool, someone, syncClient, write } from '../support/sync.ts'
import { until } from '../support/until.ts'

const keys = { accessKeyId: 'test', secretAccessKey: 'test' }
const data = mkdtempSync(join(tmpdir(), 'poolhouse-faults-'))
const got: { syncCount: number }[] = []
let up = false
const receiver = createServer(async (request, response) => {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  if (up) got.push(JSON.parse(Buffer.concat(parts).toString()))
  response.writeHead(up ? 200 : 503).end()
})
after(() => {
  receiver.closeAllConnections()
  receiver.close()
  rmSync(data, { recursive: true, force: true })
})

test('a server killed between a change and its stream publishes it when it is back: all of them, in their order', async () => {
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`
  const flags = ['--sync', JSON.stringify({ streams: { '*': { url, secret: 's' } } })]
  const first = await startProduct({ data, flags })
  const server = { endpoint: first.endpoint, clients: clientsFor(first.endpoint, keys) } as TestServer
  const IdentityPoolId = await makeSyncPool(server)
  const RoleArn = await makeRole(server.clients, 'streams', {
    trust: document({
      Effect: 'Allow',
      Principal: { Service: 'cognito-sync.amazonaws.com' },
      Action: 'sts:AssumeRole',
    }),
    policy: allowing('kinesis:PutRecord'),
  })
  const CognitoStreams = { StreamName: 'changes', RoleArn, StreamingStatus: 'ENABLED' as const }
  await syncClient(server).send(new SetIdentityPoolConfigurationCommand({ IdentityPoolId, CognitoStreams }))
  const who = await someone(server, IdentityPoolId)
  for (let at = 1; at <= 5; at++) await write(who, 'd', { n: `${at}` })
  assert.equal(await first.end('SIGKILL'), null, first.log())
  assert.deepEqual(got, [])

  up = true
  const second = await startProduct({ data, flags })
  await until(() => got.length === 5, second.log)
  assert.deepEqual(
    got.map(({ syncCount }) => syncCount),
    [1, 2, 3, 4, 5],
  )
  assert.equal(await second.end('SIGTERM'), 0, second.log())
})
