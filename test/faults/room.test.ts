/** What many peers may take together: bytes of bodies in memory, and connections. The room is the process's own. */
import assert from 'node:assert/strict'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { after, afterEach, before, describe, test } from 'node:test'
import { listen } from '../../src/server.ts'
import { freeBody, readBody } from '../../src/wire/body.ts'
import { heldBytes, setRoom } from '../../src/wire/room.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const bodies = 1_000_000
const part = 400_000
const target = 'AWSCognitoIdentityProviderService.SignUp'

let server: TestServer
let port: number
const told: string[] = []
before(async () => {
  setRoom({ bodies, full: (of) => told.push(of) })
  server = await startTestServer()
  port = Number(new URL(server.endpoint).port)
})
after(() => server.close())
afterEach(async () => {
  await until(() => heldBytes() === 0)
})

const head = (length: number, of = target) =>
  `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: ${of}\r\nContent-Length: ${length}\r\n\r\n`

/** A peer that sends part of a body and then nothing. */
async function stall(bytes: number): Promise<Socket> {
  const before = heldBytes()
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(`${head(bytes + 1)}${'x'.repeat(bytes)}`)
  await until(() => heldBytes() === before + bytes)
  return socket
}

const signUp = (length: number) => server.post(target, `{"ClientId":"${'x'.repeat(length)}"}`)

describe('bodies in memory', () => {
  test('are refused with 503 where there is no room for them, small ones last', async () => {
    const stalled = await stall(part)
    const fits = await signUp(100_000)
    assert.equal(fits.status, 400)
    const large = await signUp(part)
    assert.deepEqual([large.status, large.body.__type], [503, 'ServiceUnavailable'])
    assert.equal(large.headers.get('retry-after'), '1')
    // A quarter is theirs.
    const second = await stall(300_000)
    assert.equal((await signUp(60_000)).status, 400)
    const alone = [await stall(60_000), await stall(60_000), await stall(60_000), await stall(60_000)]
    assert.equal((await signUp(64_000)).status, 503)
    assert.ok(told.includes('bodies'))
    for (const socket of [stalled, second, ...alone]) socket.destroy()
    await until(() => heldBytes() === 0)
    assert.equal((await signUp(part)).status, 400)
  })

  test('of forms are refused in their own words', async () => {
    const stalled = await stall(part)
    const type = 'application/x-www-form-urlencoded'
    const body = `Action=AssumeRoleWithSAML&Version=2011-06-15&PrincipalArn=${'x'.repeat(part)}`
    const form = await fetch(server.endpoint, { method: 'POST', headers: { 'content-type': type }, body })
    assert.equal(form.status, 503)
    assert.match(await form.text(), /<Code>ServiceUnavailable<\/Code>/)
    stalled.destroy()
  })

  test('have their room until they are answered', async () => {
    const call = { body: Readable.from([Buffer.alloc(part)], { objectMode: false }) }
    await readBody(call)
    assert.equal(heldBytes(), part)
    freeBody(call)
    freeBody(call)
    assert.equal(heldBytes(), 0)
  })
})

test('connections beyond the limit are closed, and when one has gone another is served', async () => {
  setRoom({ connections: 2, full: (of) => told.push(of) })
  const listener = await listen(async () => ({ status: 200, headers: {} }), 0, '127.0.0.1')
  const sockets: Socket[] = []
  const ask = async () => {
    const socket = connect(listener.port, '127.0.0.1').on('error', () => {})
    sockets.push(socket)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    return new Promise<string>((resolve) => {
      socket.once('data', (data) => resolve(data.toString('latin1').slice(0, 12)))
      socket.once('close', () => resolve('closed'))
    })
  }
  try {
    assert.deepEqual([await ask(), await ask(), await ask()], ['HTTP/1.1 200', 'HTTP/1.1 200', 'closed'])
    assert.ok(told.includes('connections'))
    sockets[0]?.destroy()
    await until(async () => (await ask()) === 'HTTP/1.1 200')
  } finally {
    for (const socket of sockets) socket.destroy()
    await listener.close()
  }
})
