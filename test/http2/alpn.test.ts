/** Which HTTP a connection speaks: over TLS by ALPN, in the clear by its first bytes, and on a port of TLS alone only there. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { connect, type TLSSocket } from 'node:tls'
import { openAuthority } from '../../src/local-https/authority.ts'
import { localTls } from '../../src/local-https/local.ts'
import { type Listener, listen } from '../../src/server.ts'
import { preface } from '../../src/wire/first-bytes.ts'
import { block, endHeaders, endStream, frame, request, settings, speakFrames } from '../support/http2-frames.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-alpn-'))
let ca: string
let both: Listener
let tlsOnly: Listener
let served = 0
before(async () => {
  ca = openAuthority(folder).certificate
  const tls = localTls(folder, { error: (...told: unknown[]) => assert.fail(String(told)) })
  const app = async () => {
    served += 1
    return { status: 200, headers: {}, body: 'here' }
  }
  both = await listen(app, 0, '127.0.0.1', undefined, tls)
  tlsOnly = await listen(app, 0, '127.0.0.1', undefined, { ...tls, plain: false })
})
after(async () => {
  await Promise.all([both.close(), tlsOnly.close()])
  rmSync(folder, { recursive: true })
})

async function shake(port: number, ALPNProtocols?: string[]): Promise<TLSSocket> {
  const socket = connect({
    ...{ port, host: '127.0.0.1', servername: 'localhost', ca },
    ...(ALPNProtocols && { ALPNProtocols }),
  })
  await once(socket, 'secureConnect')
  return socket
}
const get = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n'
const get2 = Buffer.concat([preface, settings(), frame('headers', endStream | endHeaders, 1, block(...request()))])

test('who offers HTTP/2 gets it, who offers HTTP/1.1 or nothing gets that, who offers neither is refused', async () => {
  for (const { port } of [both, tlsOnly]) {
    const newer = await shake(port, ['http/1.1', 'h2'])
    assert.equal(newer.alpnProtocol, 'h2')
    newer.destroy()
    const peer = await speakFrames(port, [get2], ca)
    assert.equal((await peer.first('data', 1)).payload.toString(), 'here')
    peer.socket.destroy()
    for (const offered of [['http/1.1'], undefined]) {
      const older = await shake(port, offered)
      assert.equal(older.alpnProtocol, offered ? 'http/1.1' : false)
      older.write(get)
      assert.match(await text(older), /^HTTP\/1\.1 200 [\s\S]*here$/)
    }
    await assert.rejects(shake(port, ['spdy/3']), /no application protocol/i)
  }
})

test('what was agreed on is what is read: the other version is refused', async () => {
  const before = served
  const one = await shake(both.port, ['http/1.1'])
  one.write(get2)
  assert.match(await text(one), /^HTTP\/1\.1 400 /)
  const two = await shake(both.port, ['h2'])
  two.on('error', () => {})
  two.write(get)
  two.resume()
  await once(two, 'close')
  assert.equal(served, before)
})

test('a port of TLS alone tells peers in the clear so, whichever HTTP they speak', async () => {
  const before = served
  for (const bytes of [get, get2]) {
    const socket = connectSocket(tlsOnly.port, '127.0.0.1')
    socket.write(bytes)
    assert.match(await text(socket), /^HTTP\/1\.1 400 [\s\S]*This port speaks HTTPS only\.$/)
  }
  assert.equal(served, before)
})
