import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import { services } from '../../src/app.ts'
import { listen } from '../../src/server.ts'
import { mostBytes, mostUnsigned, readBody } from '../../src/wire/body.ts'
import type { AwsError } from '../../src/wire/errors.ts'
import { mostParameters } from '../../src/wire/form.ts'
import { makePool } from '../support/people.ts'
import { postForm } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let port: number
let ClientId: string
before(async () => {
  server = await startTestServer()
  port = Number(new URL(server.endpoint).port)
  ClientId = (await makePool(server)).clientId
})
after(() => server.close())

const idp = 'AWSCognitoIdentityProviderService'

/** What the server says to these bytes until it closes the connection, or until `enough`. */
async function say(bytes: string, { end = false, enough = /$^/, to = port } = {}): Promise<string> {
  const socket = connect(to, '127.0.0.1')
  await once(socket, 'connect')
  let heard = ''
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  const done = new Promise<void>((resolve) => {
    socket.on('data', (text) => {
      heard += text
      if (enough.test(heard)) resolve()
    })
    socket.on('close', () => resolve())
  })
  socket.write(bytes)
  if (end) socket.end()
  await done
  socket.destroy()
  return heard
}

const isAlive = async () => assert.equal((await fetch(`${server.endpoint}/healthz`)).status, 200)

describe('a body', () => {
  test('that is no JSON is refused as such', async () => {
    for (const body of ['{', '{"ClientId":', 'null,', '\u0000', '{"a":1}{"b":2}', "{'ClientId':'x'}", '\ufeff{}']) {
      const answer = await server.post(`${idp}.SignUp`, body)
      assert.equal(answer.status, 400)
      assert.equal(answer.body.__type, 'SerializationException', body)
    }
  })

  test('of JSON that is no object is refused as such', async () => {
    for (const body of ['null', '[]', '"text"', '1', 'true'])
      assert.equal((await server.post(`${idp}.SignUp`, body)).body.__type, 'SerializationException', body)
  })

  test('nested deeper than anything we ask for is refused or ignored, and nobody else notices', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    assert.equal((await server.post(`${idp}.SignUp`, deep)).status, 400)
    assert.equal((await server.post(`${idp}.SignUp`, `{"ClientId":${deep}}`)).status, 400)
    await isAlive()
  })

  test('with members of the wrong type is refused by naming the type, never by a failure', async () => {
    for (const [input, message] of [
      [{ ClientId: 1, Username: 'a', Password: 'b' }, 'NUMBER_VALUE can not be converted to a String'],
      [{ ClientId, Username: true, Password: 'b' }, 'TRUE_VALUE can not be converted to a String'],
      [{ ClientId, Username: ['a'], Password: 'b' }, 'Start of list found where not expected'],
      [{ ClientId, Username: {}, Password: 'b' }, 'Start of structure or map found where not expected.'],
      [{ ClientId, Username: 'a', Password: 'b', UserAttributes: {} }, 'Unexpected value type in payload'],
    ] as const) {
      const { status, body } = await server.post(`${idp}.SignUp`, input)
      assert.deepEqual([status, body.__type, body.message], [400, 'SerializationException', message])
    }
  })

  test('that inherits or hides members gives none of them', async () => {
    const { body } = await server.post(`${idp}.SignUp`, `{"__proto__":{"ClientId":"${ClientId}"},"Username":"a"}`)
    assert.match(body.message ?? '', /Value at 'clientId' failed to satisfy constraint: Member must not be null/)
  })

  test('over the limit is refused with 413, announced or not, and a legal one after it is served', async () => {
    const large = `{"ClientId":"${'x'.repeat(mostBytes)}"}`
    const announced = await server.post(`${idp}.SignUp`, large)
    assert.deepEqual([announced.status, announced.body.__type], [413, 'RequestEntityTooLarge'])
    const chunk = 'x'.repeat(65_536)
    const chunks = `${chunk.length.toString(16)}\r\n${chunk}\r\n`.repeat(Math.ceil(mostBytes / chunk.length) + 1)
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: ${idp}.SignUp\r\nTransfer-Encoding: chunked\r\n\r\n`
    assert.match(await say(`${head}${chunks}0\r\n\r\n`), /^HTTP\/1\.1 413 [\s\S]*"__type":"RequestEntityTooLarge"/)
    await isAlive()
  })

  test('that stops half way is refused in time', async () => {
    const body = new PassThrough()
    body.write('{"ClientId":')
    await assert.rejects(
      readBody({ body }, mostBytes, 20),
      (error: AwsError) => error.code === 'RequestTimeout' && error.status === 408,
    )
  })

  test('whose sender goes away is nobody’s failure', async () => {
    const body = new PassThrough()
    body.write('{"ClientId":')
    const read = readBody({ body })
    body.destroy()
    await assert.rejects(read, (error: AwsError) => error.code === 'IncompleteBody')
  })

  test('shorter than announced, from a peer that has closed its side, ends the connection', async () => {
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: ${idp}.SignUp\r\nContent-Length: 100\r\n\r\n{"Cl`
    assert.doesNotMatch(await say(head, { end: true }), /HTTP\/1\.1 (200|5)/)
    await isAlive()
  })

  test('of a form with more parameters than anything needs is refused', async () => {
    const many = Object.fromEntries(Array.from({ length: 3_000 }, (_, index) => [`Tags.member.${index + 1}.Key`, 'k']))
    const answer = await postForm(server.endpoint, { Action: 'CreateRole', Version: '2010-05-08', ...many })
    assert.ok(answer.status < 500)
    assert.match(answer.text, /<Code>MalformedInput<\/Code>/)
  })

  test('of a form whose names are nothing but dots is read in one walk', async () => {
    const dots = Array.from({ length: 30 }, (_, index) => `${index}${'a.'.repeat(8_180)}=1`).join('&')
    // One of them took half a minute, and everybody else waited.
    const signal = AbortSignal.timeout(60_000)
    for (let time = 0; time < 8; time++) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const body = `Action=AssumeRoleWithWebIdentity&Version=2011-06-15&${dots}`
      const answer = await fetch(server.endpoint, { method: 'POST', headers, body, signal })
      assert.match(await answer.text(), /<Code>ValidationError<\/Code>/)
    }
  })

  test('of a form that repeats one parameter is counted before it is read', async () => {
    for (const [parameter, code] of [
      ['a&'.repeat(mostParameters), 'MalformedInput'],
      ['a&'.repeat(mostUnsigned), 'RequestEntityTooLarge'],
    ] as const) {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await fetch(server.endpoint, {
        method: 'POST',
        headers,
        body: `${parameter}Action=GetCallerIdentity`,
      })
      assert.match(await answer.text(), new RegExp(`<Code>${code}</Code>`))
    }
  })

  test('that nobody has to sign is short, whatever key it names', async () => {
    const long = { ClientId, Username: 'a', Password: 'b', ClientMetadata: { a: 'x'.repeat(mostUnsigned) } }
    const { status, body } = await server.post(`${idp}.SignUp`, long)
    assert.deepEqual([status, body.__type], [413, 'RequestEntityTooLarge'])
  })

  test('is not waited for where nobody has signed, or with a key that does not exist', async () => {
    const key = 'Credential=AKIDNOBODY/20260101/us-east-1/cognito-idp/aws4_request, SignedHeaders=host;x-amz-target'
    for (const authorization of [
      '',
      `Authorization: AWS4-HMAC-SHA256 ${key}, Signature=00\r\nX-Amz-Date: 20260101T000000Z\r\n`,
    ]) {
      const head = `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: ${idp}.ListUserPools\r\n${authorization}`
      const answer = await say(`${head}Content-Length: 1000000\r\n\r\n`)
      assert.match(answer, /^HTTP\/1\.1 40\d [\s\S]*"__type":"(MissingAuthenticationToken|UnrecognizedClient)/)
    }
  })
})

describe('a call', () => {
  test('of a target nobody knows is an unknown operation', async () => {
    const targets = [
      '',
      '.',
      'x',
      `${idp}`,
      `${idp}.`,
      `${idp}.Nothing`,
      `${idp}.__proto__`,
      `${idp}.toString`,
      'A.SignUp',
    ]
    for (const target of targets) {
      const answer = await server.post(target, {})
      assert.deepEqual([answer.status, answer.body.__type], [400, 'UnknownOperationException'], target)
    }
  })

  test('of an action nobody knows is an invalid action', async () => {
    for (const Action of ['Nothing', '__proto__', 'constructor']) {
      const answer = await postForm(server.endpoint, { Action, Version: '2011-06-15' })
      assert.equal(answer.status, 400)
      assert.match(answer.text, /<Code>InvalidAction<\/Code>/)
    }
  })

  test('of an operation that AWS has and Poolhouse lacks answers 501 and names it', async () => {
    for (const { model, operations } of Object.values(services)) {
      for (const name of Object.keys(model.operations).filter((one) => !operations.has(one))) {
        const said = new RegExp(`Poolhouse does not have ${model.service}:${name}\\.`)
        if (model.protocol === 'query') {
          const answer = await postForm(server.endpoint, { Action: name, Version: model.apiVersion })
          assert.equal(answer.status, 501)
          assert.match(answer.text, said)
        } else {
          const { status, body } = await server.post(`${model.targetPrefix}.${name}`, {})
          assert.deepEqual([status, body.__type], [501, 'NotImplemented'])
          assert.match(body.message ?? '', said)
        }
      }
    }
  })
})

describe('a connection', () => {
  test('that says nothing, or half a head, is closed in time, and its half request is never served', async () => {
    let served = 0
    const quick = { headers: 50, silence: 50, shutdown: 50 }
    const app = async () => {
      served += 1
      return { status: 200, headers: {} }
    }
    const listener = await listen(app, 0, '127.0.0.1', quick)
    try {
      const [nothing, half] = await Promise.all([
        say('', { to: listener.port }),
        say('GET / HTTP/1.1\r\nHost: loc', { to: listener.port }),
      ])
      // Which of the two limits strikes first is the machine's affair; neither serves anything.
      for (const heard of [nothing, half]) assert.match(heard, /^$|^HTTP\/1\.1 40[08] /)
      assert.equal(served, 0)
    } finally {
      await listener.close()
    }
  })

  const longest = { timeout: 60_000 }
  const quick = { headers: 50, silence: 60_000, shutdown: 50 }
  const nobody = async () => ({ status: 200, headers: {} })

  test('whose head comes letter by letter ends, though its peer goes on', longest, async () => {
    const listener = await listen(nobody, 0, '127.0.0.1', quick)
    const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => {})
    const closed = new Promise((resolve) => socket.once('close', resolve))
    socket.write('GET / HTTP/1.1\r\n')
    const drip = setInterval(() => socket.destroyed || socket.write('x'), 20)
    try {
      socket.resume()
      await closed
    } finally {
      clearInterval(drip)
      socket.destroy()
      await listener.close()
    }
  })

  test('of plain HTTP at a port of HTTPS ends, though its peer never closes its side', longest, async () => {
    const tls = { plain: false, usual: () => ({ cert: '', key: '' }), contextFor: () => undefined }
    const listener = await listen(nobody, 0, '127.0.0.1', quick, tls)
    const socket = connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    try {
      const [told] = await once(socket, 'data')
      assert.match(String(told), /^HTTP\/1\.1 400 [\s\S]*HTTPS only/)
      // It ends only when all its connections have.
      await listener.close()
    } finally {
      socket.destroy()
    }
  })

  test('of which the peer has closed its half still gets its answer', async () => {
    const heard = await say('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n', { end: true })
    assert.match(heard, /^HTTP\/1\.1 200 [\s\S]*ok\n$/)
  })

  test('with garbage behind a request is told so, and ends: nothing after the garbage is read as a request', async () => {
    const garbage = ['\x16\x03\x01\x02\x00', 'HELO there\r\n\r\n', 'GET\r\n\r\n', '\r\n \r\n\0\0\0\r\n\r\n']
    for (const bytes of garbage) {
      const good = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
      const heard = await say(`${good}${bytes}${good}`)
      assert.deepEqual(
        [...heard.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status).filter((status) => status !== '200'),
        ['400'],
        JSON.stringify(bytes),
      )
      // At most what was asked before the garbage is answered.
      assert.ok(heard.split('HTTP/1.1 200').length <= 2, JSON.stringify(bytes))
    }
    await isAlive()
  })

  test('with two lengths, or a length and chunks, is refused: no second request hides in the first', async () => {
    const hidden = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
    for (const framing of [
      'Content-Length: 4\r\nContent-Length: 5',
      `Content-Length: ${hidden.length}\r\nTransfer-Encoding: chunked`,
      'Transfer-Encoding: chunked, identity',
      'Transfer-Encoding : chunked',
    ]) {
      const heard = await say(`POST / HTTP/1.1\r\nHost: localhost\r\n${framing}\r\n\r\n0\r\n\r\n${hidden}`)
      assert.match(heard, /^HTTP\/1\.1 400 /, framing)
      assert.doesNotMatch(heard, /HTTP\/1\.1 200/, framing)
    }
  })

  test('with two hosts is refused: nobody on the way can have gone by the other', async () => {
    const ask = (target: string, ...hosts: string[]) =>
      say(`GET ${target} HTTP/1.1\r\n${hosts.map((host) => `Host: ${host}\r\n`).join('')}Connection: close\r\n\r\n`)
    for (const heard of [
      await ask('/healthz', 'a.example', 'b.example'),
      await ask('/healthz', 'a.example', 'a.example'),
      await ask('http://a.example/healthz', 'b.example'),
    ])
      assert.match(heard, /^HTTP\/1\.1 400 /)
    for (const heard of [await ask('/healthz', 'a.example'), await ask('http://A.example/healthz', 'a.example')])
      assert.match(heard, /^HTTP\/1\.1 200 /)
  })

  test('with a head beyond the limit is refused', async () => {
    const heard = await say(`GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Large: ${'x'.repeat(40_000)}\r\n\r\n`)
    assert.match(heard, /^HTTP\/1\.1 4\d\d /)
  })

  test('that breaks off while its answer is written takes nobody along', async () => {
    const sockets: Socket[] = []
    for (let index = 0; index < 20; index += 1) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => {})
      socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(50))
      sockets.push(socket)
    }
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const socket of sockets) socket.resetAndDestroy()
    await isAlive()
  })
})
