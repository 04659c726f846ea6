/** Local HTTPS from outside: one port, two schemes; the authority and what it may speak for. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect as connectTls } from 'node:tls'
import { promisify } from 'node:util'
import { GetUserCommand } from '@aws-sdk/client-cognito-identity-provider'
import { openAuthority } from '../../src/local-https/authority.ts'
import { localTls } from '../../src/local-https/local.ts'
import { printCertificate, serverCertificate } from '../../src/protocols/certificate-authority.ts'
import { listen } from '../../src/server.ts'
import { callback, codeIn, makeHosted, openVisitor, requestOf } from '../support/hosted.ts'
import { type HttpsServer, reach, startHttpsServer } from '../support/https.ts'
import type { TestServer } from '../support/server.ts'
import { claimsOf } from '../support/sign-in.ts'

let server: HttpsServer
before(async () => {
  server = await startHttpsServer()
})
after(() => server.close())

test('one port answers HTTP and HTTPS, under localhost, names below it, and the loopback address', async () => {
  assert.equal((await fetch(`${server.endpoint}/healthz`)).status, 200)
  for (const host of ['localhost', '127.0.0.1', 'a.auth.localhost', 'deep.er.auth.localhost']) {
    assert.equal((await reach(`https://${host}:${server.port}/healthz`, server.ca)).text, 'ok\n', host)
  }
})

test('a name that is not this machine’s gets no certificate for itself', async () => {
  await assert.rejects(reach(`https://bank.example:${server.port}/healthz`, server.ca), {
    code: 'ERR_TLS_CERT_ALTNAME_INVALID',
  })
  const strange = `https://x..localhost:${server.port}/`
  await assert.rejects(reach(strange, server.ca), /altnames|Hostname|ERR_/i)
})

test('without the authority nobody believes it', async () => {
  await assert.rejects(reach(`${server.secure}/healthz`, ''), /certificate/)
})

test('OpenSSL believes the chain, and holds the authority to its names', (t) => {
  if (spawnSync('openssl', ['version']).status !== 0) return t.skip('openssl is not on this machine')
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-ca-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const authority = openAuthority(folder)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const verify = (name: string) => {
    const validity = { serial: randomBytes(15), from: Date.now() - 1_000, until: Date.now() + 86_400_000 }
    const leaf = join(folder, 'leaf.pem')
    writeFileSync(leaf, printCertificate(serverCertificate(authority, privateKey, [name], validity)))
    const ca = join(folder, 'local-ca.crt')
    const host = name === '10.0.0.1' || name === '127.0.0.1' ? '-verify_ip' : '-verify_hostname'
    return spawnSync('openssl', ['verify', '-CAfile', ca, host, name, leaf], { encoding: 'utf8' })
  }
  for (const name of ['localhost', 'p.auth.localhost', '127.0.0.1']) assert.equal(verify(name).status, 0, name)
  // Signed by the authority's own key, as by whoever stole it.
  for (const name of ['bank.example', 'localhost.evil.example', 'evillocalhost', '10.0.0.1']) {
    const { status, stderr } = verify(name)
    assert.notEqual(status, 0, name)
    assert.match(stderr, /permitted subtree violation/, name)
  }
})

test('the authority is made once, and its key is its owner’s alone', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-ca-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const [one, two] = [openAuthority(folder), openAuthority(folder)]
  assert.equal(one.certificate, two.certificate)
  assert.equal(statSync(join(folder, 'local-ca.pem')).mode & 0o777, 0o600)
  assert.doesNotMatch(readFileSync(join(folder, 'local-ca.crt'), 'utf8'), /PRIVATE/)
})

test('`poolhouse trust --print` says what to do, and changes nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-ca-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const main = new URL('../../poolhouse.js', import.meta.url).pathname
  const run = promisify(execFile)
  await assert.rejects(run(process.execPath, [main, 'trust', '--print', '--data', folder]), /has no authority/)
  assert.deepEqual(readdirSync(folder), [])
  openAuthority(folder)
  const { stdout } = await run(process.execPath, [main, 'trust', '--print', '--data', folder])
  assert.match(stdout, /^Poolhouse local authority [0-9a-f]{8}\n/)
  assert.ok(stdout.includes(`NODE_EXTRA_CA_CERTS=${join(folder, 'local-ca.crt')}`), stdout)
  const removal = await run(process.execPath, [main, 'trust', '--print', '--remove', '--data', folder])
  assert.doesNotMatch(removal.stdout, /NODE_EXTRA_CA_CERTS/)
})

test('who comes by TLS is given addresses and tokens of that scheme, which count under both', async () => {
  const pool = await makeHosted(server as unknown as TestServer)
  await pool.add('ann', { email: 'ann@example.com' })
  const path = `/${pool.id}/.well-known/openid-configuration`
  const plain = (await (await fetch(`${server.endpoint}${path}`)).json()) as Record<string, string>
  const secure = JSON.parse((await reach(`${server.secure}${path}`, server.ca)).text) as Record<string, string>
  assert.equal(plain['issuer'], `${server.endpoint}/${pool.id}`)
  assert.equal(secure['issuer'], `${server.secure}/${pool.id}`)
  assert.equal(
    secure['authorization_endpoint'],
    `https://${pool.domain}.auth.localhost:${server.port}/oauth2/authorize`,
  )

  const seen = await openVisitor().signIn(
    pool,
    requestOf(pool, { scope: 'aws.cognito.signin.user.admin openid' }),
    'ann',
  )
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    client_id: pool.client.id,
    redirect_uri: callback,
    code: codeIn(seen),
  })
  const tokens = await postSecurely(`/domains/${pool.domain}/oauth2/token`, body.toString())
  assert.equal(claimsOf(tokens['access_token'] ?? '')['iss'], secure['issuer'])
  const { Username } = await server.clients.idp.send(new GetUserCommand({ AccessToken: tokens['access_token'] }))
  assert.equal(Username, 'ann')
})

test('cookies of a sign-in through TLS are Secure', async () => {
  const pool = await makeHosted(server as unknown as TestServer)
  const page = await reach(`https://${pool.domain}.auth.localhost:${server.port}/login?${requestOf(pool)}`, server.ca)
  assert.equal(page.status, 200)
  for (const line of page.headers['set-cookie'] as string[]) assert.match(line, /; Secure;/)
})

async function postSecurely(path: string, body: string): Promise<Record<string, string>> {
  const socket = connectTls({ host: '127.0.0.1', port: server.port, servername: 'localhost', ca: server.ca })
  await once(socket, 'secureConnect')
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: localhost:${server.port}`,
    'connection: close',
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${body.length}`,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  let text = ''
  for await (const part of socket) text += part
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
}

test('a peer that says nothing, or half a handshake, is dropped in the time of a request’s head', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-ca-'))
  const waits = { headers: 300, silence: 5_000, shutdown: 1_000 }
  const answer = async () => ({ status: 200, headers: {}, body: 'here' })
  const listener = await listen(answer, 0, '127.0.0.1', waits, localTls(folder, server.world.log))
  t.after(async () => {
    await listener.close()
    rmSync(folder, { recursive: true })
  })
  for (const first of [undefined, Buffer.from([0x16]), Buffer.from([0x16, 0x03, 0x01, 0x02])]) {
    const socket = connect(listener.port, '127.0.0.1')
    socket.on('error', () => {})
    if (first) socket.write(first)
    await once(socket, 'close')
  }
  assert.equal(await (await fetch(`http://127.0.0.1:${listener.port}`)).text(), 'here')
})

test('a body of any size arrives whole through the port, in either scheme, and connections are kept', async () => {
  const pieces: Buffer[] = []
  const listener = await listen(
    async ({ body }) => {
      pieces.length = 0
      for await (const part of body) pieces.push(part as Buffer)
      return { status: 200, headers: {}, body: String(Buffer.concat(pieces).length) }
    },
    0,
    '127.0.0.1',
    undefined,
    localTls(server.world.settings.dataFolder, server.world.log),
  )
  const large = Buffer.alloc(3_000_000, 1)
  for (let turn = 0; turn < 3; turn += 1) {
    const answer = await fetch(`http://127.0.0.1:${listener.port}`, { method: 'POST', body: large })
    assert.equal(await answer.text(), '3000000')
  }
  await listener.close()
})
