/** The proxy's file: what is refused and with which words, and how it is followed while requests run. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { WebSocket, WebSocketServer } from 'ws'
import { SettingError } from '../../src/config.ts'
import { type ProxySettings, readProxySettings } from '../../src/gateway/proxy/settings.ts'
import { startProxy } from '../../src/gateway/proxy.ts'
import { makeCertificate } from '../support/certificate.ts'
import { freePort } from '../support/free-port.ts'
import { startTestProxy, startUpstream, tell, type Upstream } from '../support/proxy.ts'
import { until } from '../support/until.ts'
import { type TestWorld, testWorld } from '../support/world.ts'

let folder: string
let world: TestWorld
let upstream: Upstream
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'poolhouse-proxy-settings-'))
  world = await testWorld()
  upstream = await startUpstream()
})
after(async () => {
  await upstream?.close()
  await world?.close()
  rmSync(folder, { recursive: true, force: true })
})

const listeners = [{ port: 0 }]
const fixed = { type: 'fixed-response', status: 200 }
const signIn = {
  type: 'authenticate-cognito',
  UserPoolArn: 'arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a',
  UserPoolClientId: 'c',
  UserPoolDomain: 'd',
}

describe('a file that cannot be used is refused by its place and the fix:', () => {
  const wrong: [name: string, value: unknown, sentence: RegExp][] = [
    ['no object', [], /: The file must be an object, not \[\]\./],
    ['no routes', { listeners }, /: routes is missing\. \(The first route that fits a request answers it\.\)/],
    ['no listeners', { listeners: [], routes: [{ actions: [fixed] }] }, /: listeners needs 1 at least\./],
    [
      'a word it does not know',
      { listeners, routes: [{ actions: [fixed], paths: '/' }] },
      /: routes\[0\]\.paths is not known here; there are listeners, host, path, methods, api, actions\./,
    ],
    [
      'a port out of range',
      { listeners: [{ port: 70_000 }], routes: [{ actions: [fixed] }] },
      /: listeners\[0\]\.port must be from 0 to 65535, not 70000\./,
    ],
    [
      'two listeners at one place',
      { listeners: [{ port: 81 }, { port: 81 }], routes: [{ actions: [fixed] }] },
      /: listeners\[1\] has the host and port of another listener\./,
    ],
    [
      'an action nobody knows',
      { listeners, routes: [{ actions: [{ type: 'authorize' }] }] },
      /: routes\[0\]\.actions\[0\]\.type must be one of "cognito-user-pools", .*, not "authorize"\./,
    ],
    [
      'an action without what it needs',
      { listeners, routes: [{ actions: [{ type: 'jwt' }, fixed] }] },
      /: routes\[0\]\.actions\[0\]\.JwtConfiguration is missing\./,
    ],
    [
      'an ARN that is none',
      { listeners, routes: [{ actions: [{ type: 'cognito-user-pools', providerARNs: ['us-east-1_a'] }, fixed] }] },
      /: routes\[0\]\.actions\[0\]\.providerARNs\[0\] cannot be "us-east-1_a"/,
    ],
    [
      'an upstream nobody named',
      {
        listeners,
        upstreams: { app: { targets: ['http://a'] } },
        routes: [{ actions: [{ type: 'forward', upstream: 'ap' }] }],
      },
      /: routes\[0\]\.actions\[0\]\.upstream: there is no upstream 'ap'; there are app\./,
    ],
    [
      'a target with a path',
      { listeners, upstreams: { app: { targets: ['http://a/b'] } }, routes: [{ actions: [fixed] }] },
      /: upstreams\.app\.targets\[0\] cannot be "http:\/\/a\/b"/,
    ],
    [
      'a listener nobody named',
      { listeners, routes: [{ listeners: ['web'], actions: [fixed] }] },
      /: routes\[0\]\.listeners: no listener is called 'web'; there are none\./,
    ],
    [
      'steps without an end',
      { listeners, routes: [{ actions: [{ type: 'iam' }] }] },
      /: routes\[0\]\.actions\[0\]: the last action, and no other, is one of forward, function, redirect, fixed-response\./,
    ],
    [
      'an end that is not last',
      { listeners, routes: [{ actions: [fixed, fixed] }] },
      /: routes\[0\]\.actions\[0\]: the last action/,
    ],
    [
      'a header that is ours',
      {
        listeners,
        upstreams: { app: { targets: ['http://a'] } },
        routes: [
          {
            actions: [
              { type: 'forward', upstream: 'app', headers: { 'X-Amzn-Oidc-Data': '$context.authorizer.claims.sub' } },
            ],
          },
        ],
      },
      /: routes\[0\]\.actions\[0\]\.headers: 'X-Amzn-Oidc-Data' cannot be set\./,
    ],
    [
      'sign-in without TLS',
      { listeners: [{ port: 81 }], routes: [{ actions: [signIn, fixed] }] },
      /: routes\[0\]\.actions\[0\]: sign-in needs TLS, and the listener at port 81 has none\. Give it 'tls'/,
    ],
    [
      'an expression that is none',
      {
        listeners,
        routes: [
          {
            actions: [
              { type: 'cognito-user-pools', providerARNs: [signIn.UserPoolArn], identityValidationExpression: '(' },
              fixed,
            ],
          },
        ],
      },
      /identityValidationExpression: Invalid regular expression/,
    ],
    [
      'more than ten extra parameters',
      {
        listeners,
        routes: [
          {
            actions: [
              {
                ...signIn,
                AuthenticationRequestExtraParams: Object.fromEntries(
                  Array.from({ length: 11 }, (_, at) => [`p${at}`, 'x']),
                ),
              },
              fixed,
            ],
          },
        ],
      },
      /AuthenticationRequestExtraParams may have 10 members at most\./,
    ],
  ]
  for (const [name, value, sentence] of wrong)
    test(name, () => {
      const file = join(folder, 'wrong.json')
      writeFileSync(file, JSON.stringify(value))
      assert.throws(
        () => readProxySettings(file, { plainSessions: false }),
        (error) => error instanceof SettingError && error.message.startsWith(file) && sentence.test(error.message),
      )
    })
  test('one that is not there, is no JSON, or names files that are not there', async () => {
    assert.throws(
      () => readProxySettings(join(folder, 'none.json'), { plainSessions: false }),
      /Give --proxy the path of a JSON file\./,
    )
    const file = join(folder, 'broken.json')
    writeFileSync(file, '{')
    assert.throws(() => readProxySettings(file, { plainSessions: false }), /is no JSON/)
    const tls = { certificate: 'none.pem', key: 'none.key' }
    writeFileSync(file, JSON.stringify({ listeners: [{ port: 0, tls }], routes: [{ actions: [fixed] }] }))
    await assert.rejects(
      startProxy(world, file, () => assert.fail()),
      /listeners: .*none\.pem.*Name files of a certificate and its key in tls\./,
    )
  })
  test('a port in use', async () => {
    const file = join(folder, 'taken.json')
    writeFileSync(
      file,
      JSON.stringify({ listeners: [{ host: '127.0.0.1', port: upstream.port }], routes: [{ actions: [fixed] }] }),
    )
    await assert.rejects(
      startProxy(world, file, () => assert.fail()),
      /port \d+ is in use\. Stop the other program/,
    )
  })
})

describe('a file that changes', () => {
  const settings: Partial<ProxySettings> = { routes: [{ actions: [{ type: 'forward', upstream: 'app' }] }] }

  test('drops no request: those that run end where they began, new ones go the new way', async () => {
    const arrived: ServerResponse[] = []
    const slow = createServer((_, response) => void arrived.push(response)).listen(0)
    const targets = [`http://127.0.0.1:${(slow.address() as AddressInfo).port}`]
    const proxy = await startTestProxy(world, { ...settings, upstreams: { app: { targets } } })
    const running = Array.from({ length: 5 }, () => tell(proxy.port, '/'))
    await until(() => arrived.length === running.length)
    await proxy.change({ upstreams: { app: { targets: [upstream.url] } } })
    assert.equal((await tell(proxy.port, '/')).text, 'ok')
    for (const response of arrived) response.end('old')
    assert.deepEqual(
      (await Promise.all(running)).map(({ text }) => text),
      ['old', 'old', 'old', 'old', 'old'],
    )
    await proxy.close()
    slow.close()
  })
  test('under load is followed again and again without one failure', async () => {
    const proxy = await startTestProxy(world, { ...settings, upstreams: { app: { targets: [upstream.url] } } })
    let going = true
    const statuses: number[] = []
    const lanes = Array.from({ length: 4 }, async () => {
      while (going) statuses.push((await tell(proxy.port, '/')).status)
    })
    let changes = 0
    for (; statuses.length < 500 || changes <= 20; changes++) {
      const app = { targets: [upstream.url], retries: changes % 3, connections: 10 + changes }
      await proxy.change({ upstreams: { app } })
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    going = false
    await Promise.all(lanes)
    assert.deepEqual(new Set(statuses), new Set([200]))
    await proxy.close()
  })
  test('into one that is refused changes nothing', async () => {
    const proxy = await startTestProxy(world, { ...settings, upstreams: { app: { targets: [upstream.url] } } })
    await proxy.change({ routes: [] })
    assert.equal((await tell(proxy.port, '/')).status, 200)
    await proxy.close()
  })
  test('opens and closes listeners, and takes a new certificate without closing one', async () => {
    const [first, second] = [await makeCertificate('localhost'), await makeCertificate('localhost')]
    const at = (files: typeof first.files) => [
      { host: '127.0.0.1', port: 0 },
      { host: 'localhost', port: 0, tls: files },
    ]
    const proxy = await startTestProxy(world, {
      ...settings,
      upstreams: { app: { targets: [upstream.url] } },
      listeners: at(first.files),
    })
    const [plain = 0, secure = 0] = proxy.ports
    const certificate = async () => {
      const socket = connectTls({ host: 'localhost', port: secure, rejectUnauthorized: false })
      await once(socket, 'secureConnect')
      const { fingerprint256 } = socket.getPeerCertificate()
      socket.destroy()
      return fingerprint256
    }
    const before = await certificate()
    await proxy.change({ listeners: at(second.files) })
    assert.deepEqual(proxy.ports, [plain, secure])
    assert.notEqual(await certificate(), before)
    await proxy.change({ listeners: at(second.files).slice(1) })
    await assert.rejects(tell(plain, '/'))
    await proxy.close()
  })
  test('is noticed in development by itself', async () => {
    const proxy = await startTestProxy(world, { ...settings, upstreams: { app: { targets: [upstream.url] } } })
    const next = `${proxy.file}.new`
    writeFileSync(
      next,
      JSON.stringify({
        listeners: [{ host: '127.0.0.1', port: 0 }],
        routes: [{ actions: [{ ...fixed, status: 202 }] }],
      }),
    )
    renameSync(next, proxy.file)
    await until(async () => (await tell(proxy.port, '/')).status === 202)
    await proxy.close()
  })
})

describe('an end', () => {
  test('lets requests finish, and WebSockets not hold it up', async () => {
    const sockets = new WebSocketServer({ noServer: true })
    const slow = createServer((_, response) => setTimeout(() => response.end('whole'), 300)).listen(0)
    slow.on('upgrade', (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => {}))
    const targets = [`http://127.0.0.1:${(slow.address() as AddressInfo).port}`]
    const proxy = await startTestProxy(world, {
      upstreams: { app: { targets } },
      routes: [{ actions: [{ type: 'forward', upstream: 'app' }] }],
    })
    const one = new WebSocket(`ws://127.0.0.1:${proxy.port}`)
    one.on('error', () => {})
    await once(one, 'open')
    const idle = connect(proxy.port, '127.0.0.1')
    await once(idle, 'connect')
    const running = tell(proxy.port, '/')
    await once(slow, 'request')
    await Promise.all([proxy.close(), once(one, 'close')])
    assert.equal((await running).text, 'whole')
    idle.destroy()
    slow.close()
  })
})

test('the program takes the file by --proxy, follows SIGHUP, and ends in order', async (t) => {
  const file = join(folder, 'program.json')
  const write = (status: number) =>
    writeFileSync(
      file,
      JSON.stringify({
        listeners: [{ host: '127.0.0.1', port: upstreamPort }],
        routes: [{ actions: [{ ...fixed, status }] }],
      }),
    )
  const upstreamPort = await freePort()
  write(200)
  const environment = { PATH: process.env['PATH'] ?? '', POOLHOUSE_MASTER_KEY: '11'.repeat(32) }
  const child = spawn(
    process.execPath,
    ['poolhouse.js', 'start', '--port', '0', '--host', '127.0.0.1', '--data', join(folder, 'data'), '--proxy', file],
    { env: environment, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  t.after(() => child.kill('SIGKILL'))
  let said = ''
  child.stdout.on('data', (part) => (said += part))
  await until(() => said.includes('Poolhouse is ready'))
  assert.equal((await tell(upstreamPort, '/')).status, 200)
  write(203)
  child.kill('SIGHUP')
  await until(async () => (await tell(upstreamPort, '/')).status === 203)
  child.kill('SIGTERM')
  assert.equal((await once(child, 'exit'))[0], 0)
})
