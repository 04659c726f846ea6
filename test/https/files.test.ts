/** HTTPS in production: certificate and key from files, read again when they change; names of their own; no plain HTTP. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes, type X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { connect } from 'node:tls'
import { pino } from 'pino'
import { readConfig } from '../../src/config.ts'
import { type FileTls, fileTls } from '../../src/local-https/files.ts'
import { authorityCertificate, printCertificate, serverCertificate } from '../../src/protocols/certificate-authority.ts'
import { type Listener, listen } from '../../src/server.ts'

const validity = () => ({ serial: randomBytes(15), from: Date.now() - 60_000, until: Date.now() + 86_400_000 })
const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const pemOf = (key: ReturnType<typeof newKey>) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const authority = { name: 'Test authority', privateKey: newKey() }
const ca = printCertificate(
  authorityCertificate(
    authority.name,
    authority.privateKey,
    { domains: ['example'], addresses: ['127.0.0.1'] },
    validity(),
  ),
)

/** A key and a certificate of that name, as files hold them. */
function issue(name: string) {
  const key = newKey()
  return { key: pemOf(key), cert: printCertificate(serverCertificate(authority, key, [name], validity())) }
}

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-tls-'))
const files = { cert: join(folder, 'server.crt'), key: join(folder, 'server.key'), folder: join(folder, 'names') }
const put = ({ cert, key }: { cert: string; key: string }) => {
  writeFileSync(files.cert, cert)
  writeFileSync(files.key, key)
}
let tls: FileTls
let listener: Listener
before(async () => {
  mkdirSync(files.folder)
  put(issue('login.example'))
  tls = fileTls(files, pino({ level: 'silent' }))
  const answer = async () => ({ status: 200, headers: {}, body: 'here' })
  listener = await listen(answer, 0, '127.0.0.1', undefined, tls)
})
after(async () => {
  tls.close()
  await listener.close()
  rmSync(folder, { recursive: true })
})

/** The name of the certificate that the server shows to a visitor of that name, verified. */
const shown = (servername: string): Promise<X509Certificate> =>
  new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: listener.port,
      servername,
      ca,
      checkServerIdentity: () => undefined,
    })
    socket.on('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate()
      socket.destroy()
      if (certificate) resolve(certificate)
    })
    socket.on('error', reject)
  })

test('a new pair of files is served after a reload; one that does not fit is passed over', async () => {
  const before = await shown('login.example')
  const next = issue('login.example')
  put(next)
  tls.reload()
  const renewed = await shown('login.example')
  assert.notEqual(renewed.serialNumber, before.serialNumber)
  put({ cert: issue('login.example').cert, key: next.key })
  tls.reload()
  assert.equal((await shown('login.example')).serialNumber, renewed.serialNumber)
})

test('a name with a file of its own is shown that certificate, others the usual one', async () => {
  const { cert, key } = issue('auth.shop.example')
  writeFileSync(join(files.folder, 'auth.shop.example.pem'), `${cert}${key}`)
  assert.equal((await shown('auth.shop.example')).subjectAltName, 'DNS:auth.shop.example')
  assert.equal((await shown('unknown.example')).subjectAltName, 'DNS:login.example')
  assert.equal((await shown('..%2f..%2fserver.example')).subjectAltName, 'DNS:login.example')
})

test('plain HTTP is told that the port speaks HTTPS, and nothing is asked of the product', async () => {
  const answer = await fetch(`http://127.0.0.1:${listener.port}/`)
  assert.equal(answer.status, 400)
  assert.equal(await answer.text(), 'This port speaks HTTPS only.')
})

test('a key that is not the certificate’s, and half a pair, are refused at the start', () => {
  const wrong = { ...files, key: join(folder, 'wrong.key') }
  writeFileSync(wrong.key, issue('login.example').key)
  assert.throws(() => fileTls(wrong, pino({ level: 'silent' })), /--tls-cert, --tls-key: .*mismatch/)
  assert.throws(() => readConfig(['--tls-cert', files.cert], {}), /both --tls-cert and --tls-key/)
  const config = readConfig(['--tls-cert', files.cert, '--tls-key', files.key], {})
  assert.equal(config.publicUrl, 'https://localhost:4100')
})
