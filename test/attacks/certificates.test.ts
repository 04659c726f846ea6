/** Case 78 for certificates: every way to get a session without holding the key of a certificate that an anchor vouches for. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { element } from '../../src/protocols/der.ts'
import {
  certify,
  cRLSign,
  digitalSignature,
  dnsName,
  keyCertSign,
  type Made,
  makeAuthority,
  makeKey,
  makeLeaf,
  type NameParts,
  revoke,
  strange,
  type Wish,
} from '../support/certificates.ts'
import { call, createSession, keysIn, type Signing, setUp, trustingCertificates } from '../support/roles-anywhere.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const [minute, day] = [60_000, 86_400_000]

let server: TestServer
let root: Made
let arns: Awaited<ReturnType<typeof setUp>>
before(async () => {
  server = await startTestServer()
  root = makeAuthority('Root')
  arns = await setUp(server, root)
})
after(() => server.close())

const session = (leaf: Made, more: Partial<Signing> = {}, wish: object = {}) =>
  createSession(server, { ...arns, ...wish }, { certificate: leaf.der, key: leaf.key, ...more })

async function refused(answer: ReturnType<typeof session>, message?: string, type = 'AccessDeniedException') {
  const { status, type: given, body } = await answer
  assert.deepEqual([status, given], [403, type], body.message)
  assert.equal(body.credentialSet, undefined)
  if (message !== undefined) assert.equal(body.message, message)
}

test('case 78: (a certificate without a flaw is taken, or the refusals below would prove nothing)', async () => {
  keysIn(await session(makeLeaf(root)))
})

describe('case 78: a certificate that is none for a device is refused', () => {
  const sufficient = 'Untrusted certificate. Insufficient certificate'
  const wishes: Record<string, [Wish, string]> = {
    'one of an authority': [{ authority: true, usage: [digitalSignature, keyCertSign] }, sufficient],
    'one whose key is not for signatures': [{ usage: [cRLSign] }, sufficient],
    'one that says nothing of its key': [{ usage: undefined } as unknown as Wish, sufficient],
    'one of version 1': [{ version: 1 }, sufficient],
    'one with a critical extension nobody knows': [{ extensions: [strange(true)] }, sufficient],
    'one with an extension twice': [{ extensions: [strange(false), strange(false)] }, sufficient],
    'one with a short key': [{ key: makeKey('rsa1024') }, sufficient],
    'one without a subject': [{ subject: [] }, sufficient],
    'one with the serial number 0': [{ serial: 0n }, sufficient],
    'one with a serial number of 21 bytes': [{ serial: 1n << 160n }, sufficient],
    'one that expired': [{ until: Date.now() - 5_000 }, 'Untrusted certificate. Certificate expired'],
    'one that is not valid yet': [{ from: Date.now() + minute }, 'Untrusted certificate. Certificate not yet valid'],
  }
  for (const [name, [wish, message]] of Object.entries(wishes))
    test(`${name}`, () => refused(session(makeLeaf(root, wish)), message))

  test('one signed with SHA-1', () => refused(session(makeLeaf(root, { weak: true })), sufficient))

  test('an unknown extension that is not critical does no harm', async () => {
    assert.equal((await session(makeLeaf(root, { extensions: [strange(false)] }))).status, 201)
  })
})

describe('case 78: a certificate that leads to no trust anchor is refused', () => {
  const untrusted = 'Untrusted signing certificate'

  test('signed by itself, under the name of the anchor or its own', async () => {
    const wish = { authority: false, usage: [digitalSignature] }
    await refused(session(certify({ ...wish, subject: [['CN', 'Root']] })), untrusted)
    await refused(session(certify({ ...wish, subject: [['CN', 'me']] })), untrusted)
  })

  test('signed by another authority of the same name', () =>
    refused(session(makeLeaf(makeAuthority('Root'))), untrusted))

  test('bringing along its own root does not make it trusted', async () => {
    const own = makeAuthority('Own')
    await refused(session(makeLeaf(own), { chain: [own.der] }), untrusted)
  })

  test('signed by another device, whose certificate is no authority’s', async () => {
    const device = makeLeaf(root, { subject: [['CN', 'device']] })
    await refused(session(makeLeaf(device), { chain: [device.der] }), untrusted)
    const claiming = makeLeaf(root, { subject: [['CN', 'claims']], usage: [digitalSignature, keyCertSign] })
    await refused(session(makeLeaf(claiming), { chain: [claiming.der] }), untrusted)
    const unable = makeAuthority('Unable', { usage: [digitalSignature] }, root)
    await refused(session(makeLeaf(unable), { chain: [unable.der] }), untrusted)
  })

  test('below more authorities than a path length allows', async () => {
    const upper = makeAuthority('Upper', { pathLength: 0 }, root)
    const lower = makeAuthority('Lower', {}, upper)
    assert.equal((await session(makeLeaf(upper), { chain: [upper.der] })).status, 201)
    await refused(session(makeLeaf(lower), { chain: [lower.der, upper.der] }), untrusted)
  })

  for (const [name, wish] of Object.entries({
    expired: { until: Date.now() - 5_000 },
    'not yet valid': { from: Date.now() + day },
    weak: { key: makeKey('rsa1024') },
    'constrained in a way that is not understood': { extensions: [strange(true)] },
    'of version 1': { version: 1 as const },
  }))
    test(`through an authority that is ${name}`, async () => {
      const between = makeAuthority('Between', wish, root)
      await refused(session(makeLeaf(between), { chain: [between.der] }), untrusted)
    })

  test('the anchor itself has expired since', async () => {
    const short = makeAuthority('Short', { until: Date.now() + day })
    const own = await setUp(server, short)
    const leaf = makeLeaf(short, { until: Date.now() + 90 * day })
    server.world.clock.advance(2 * day)
    const at = server.world.now()
    const answer = await createSession(server, own, { certificate: leaf.der, key: leaf.key, at })
    server.world.clock.advance(-2 * day)
    assert.deepEqual([answer.status, answer.body.message], [403, untrusted])
  })

  test('a chain of six, and chains made to be searched for long', async () => {
    const loops = Array.from({ length: 6 }, () => makeAuthority('Loop', { subject: [['CN', 'Loop']] }))
    const [first] = loops as [Made]
    const leaf = makeLeaf(first)
    await refused(session(leaf, { chain: loops.map(({ der }) => der) }), untrusted)
    await refused(session(leaf, { chain: loops.slice(0, 5).map(({ der }) => der) }), untrusted)
  })

  test('of another anchor than the one named, or of one that is disabled or gone', async () => {
    const other = makeAuthority('Other')
    const theirs = await setUp(server, other)
    await refused(session(makeLeaf(other)), untrusted)
    const through = { trustAnchorArn: theirs.trustAnchorArn }
    assert.equal((await session(makeLeaf(other), {}, through)).status, 201)
    await call(server, 'POST', `/trustanchor/${theirs.trustAnchorId}/disable`)
    await refused(session(makeLeaf(other), {}, through))
    await call(server, 'POST', `/trustanchor/${theirs.trustAnchorId}/enable`)
    assert.equal((await session(makeLeaf(other), {}, through)).status, 201)
    await call(server, 'DELETE', `/trustanchor/${theirs.trustAnchorId}`)
    assert.equal((await session(makeLeaf(other), {}, through)).status, 404)
  })

  test('of another region or account, though the ids are right', async () => {
    assert.equal((await session(makeLeaf(root), { region: 'eu-west-1' })).status, 404)
    for (const [from, to] of [
      ['us-east-1', 'eu-west-1'],
      ['000000000000', '111111111111'],
    ] as const)
      assert.equal(
        (await session(makeLeaf(root), {}, { trustAnchorArn: arns.trustAnchorArn.replace(from, to) })).status,
        404,
      )
  })
})

describe('case 78: a revoked certificate is refused', () => {
  test('by an enabled list of its issuer, at the device or between; and by no other list', async () => {
    const authority = makeAuthority('Revoking')
    const own = await setUp(server, authority)
    const between = makeAuthority('Between', { serial: 77n }, authority)
    const [device, below] = [makeLeaf(authority, { serial: 88n }), makeLeaf(between, { serial: 99n })]
    const ask = () =>
      Promise.all([session(device, {}, own), session(below, { chain: [between.der] }, own)]).then((answers) =>
        answers.map(({ status }) => status),
      )
    const list = (crlData: string, enabled = true) =>
      call(server, 'POST', '/crls', {
        name: 'list',
        enabled,
        trustAnchorArn: own.trustAnchorArn,
        crlData: Buffer.from(crlData).toString('base64'),
      })
    assert.deepEqual(await ask(), [201, 201])
    const forged = { ...makeAuthority('Revoking'), subject: authority.subject }
    await list(revoke(forged, [88n]))
    await list(revoke(authority, [88n]), false)
    await list(revoke(makeAuthority('Else'), [88n]))
    assert.deepEqual(await ask(), [201, 201])
    await list(revoke(authority, [88n]))
    assert.deepEqual(await ask(), [403, 201])
    await list(revoke(authority, [77n]))
    assert.deepEqual(await ask(), [403, 403])
  })
})

describe('case 78: an authority with a new key', () => {
  const list = ({ trustAnchorArn }: typeof arns, crl: string) =>
    call(server, 'POST', '/crls', {
      ...{ name: 'list', enabled: true, trustAnchorArn },
      crlData: Buffer.from(crl).toString('base64'),
    })

  test('takes back what its old key signed, and with the old one what the new one signed', async () => {
    const [former, present] = [makeAuthority('Renewed'), makeAuthority('Renewed')]
    const own = await setUp(server, { ...former, pem: `${former.pem}${present.pem}` })
    const [before, since] = [makeLeaf(former, { serial: 31n }), makeLeaf(present, { serial: 32n })]
    for (const device of [before, since]) assert.equal((await session(device, {}, own)).status, 201)
    await list(own, revoke(present, [31n]))
    await refused(session(before, {}, own), 'Untrusted certificate. Certificate revoked')
    await list(own, revoke(former, [32n]))
    await refused(session(since, {}, own), 'Untrusted certificate. Certificate revoked')
  })

  test('takes back nothing of another authority of the anchor', async () => {
    const [one, other] = [makeAuthority('One'), makeAuthority('Other')]
    const own = await setUp(server, { ...one, pem: `${one.pem}${other.pem}` })
    await list(own, revoke(other, [33n]))
    assert.equal((await session(makeLeaf(one, { serial: 33n }), {}, own)).status, 201)
  })
})

describe('case 78: a signature that is not the certificate’s is refused', () => {
  const wrong = 'Invalid signature'

  test('made with another key', () => refused(session(makeLeaf(root), { key: makeKey() }), wrong))

  test('made with another kind of key, under either name', async () => {
    const leaf = makeLeaf(root)
    await refused(session(leaf, { key: makeKey('rsa') }), wrong)
    await refused(session(leaf, { key: makeKey('rsa'), algorithm: 'AWS4-X509-ECDSA-SHA256' }), wrong)
    await refused(session(leaf, { algorithm: 'AWS4-X509-RSA-SHA256' }), wrong)
  })

  test('made by another algorithm', async () => {
    const hmac = session(makeLeaf(root), { algorithm: 'AWS4-HMAC-SHA256' })
    await refused(hmac, undefined, 'IncompleteSignatureException')
  })

  test('naming another serial number', () => refused(session(makeLeaf(root), { serial: '1' }), wrong))

  test('over another certificate than the one that is sent', async () => {
    const [mine, theirs] = [makeLeaf(root, { serial: 31337n }), makeLeaf(root, { serial: 31337n })]
    const swap = {
      afterwards: ({ headers }: { headers: Record<string, string> }) => {
        headers['x-amz-x509'] = theirs.der.toString('base64')
      },
    }
    await refused(session(mine, swap), wrong)
  })

  test('a certificate in the body is nobody’s: the header alone counts', async () => {
    const theirs = makeLeaf(root, { subject: [['CN', 'admin']] })
    const answer = await session(
      makeLeaf(root, { subject: [['CN', 'mine']] }),
      {},
      { cert: theirs.der.toString('base64') },
    )
    assert.equal(answer.body.credentialSet[0].sourceIdentity, 'CN=mine')
  })

  for (const [name, change] of Object.entries({
    'another role in the query': ({ url }) => url.searchParams.set('roleArn', 'arn:aws:iam::000000000000:role/admin'),
    'another body': (request) => {
      request.body = '{"durationSeconds":43200}'
    },
    'another time': ({ headers }) => {
      headers['x-amz-date'] = headers['x-amz-date']!.replace(/\d\dZ$/, '59Z').replace(/59Z$/, (s) =>
        headers['x-amz-date']!.endsWith('59Z') ? '58Z' : s,
      )
    },
    'a chain that was not signed': ({ headers }) => {
      headers['x-amz-x509-chain'] = root.der.toString('base64')
    },
    'the certificate twice': ({ headers }) => {
      headers['x-amz-x509'] = `${headers['x-amz-x509']}, ${headers['x-amz-x509']}`
    },
    'a signature in capitals': ({ headers }) => {
      headers['authorization'] = headers['authorization']!.replace(/[0-9a-f]+$/, (hex) => hex.toUpperCase())
    },
  } satisfies Record<string, Signing['afterwards']>))
    test(`over another request: ${name}`, async () => {
      assert.equal((await session(makeLeaf(root), { afterwards: change })).status, 403)
    })

  for (const header of ['host', 'x-amz-date', 'x-amz-x509', 'x-amz-x509-chain'])
    test(`that leaves out ${header}`, async () => {
      const between = makeAuthority('Between', {}, root)
      const more = { chain: [between.der], leaveUnsigned: [header] }
      await refused(session(makeLeaf(between), more), undefined, 'InvalidSignatureException')
    })

  test('sent again outside of the clock’s window, or before it', async () => {
    for (const at of [Date.now() - 16 * minute, Date.now() + 16 * minute])
      await refused(session(makeLeaf(root), { at }), undefined, 'InvalidSignatureException')
    assert.equal((await session(makeLeaf(root), { at: Date.now() - 14 * minute })).status, 201)
  })

  test('bytes that are no certificate, in every length', async () => {
    const leaf = makeLeaf(root)
    const cut = Array.from({ length: 12 }, (_, at) => leaf.der.subarray(0, Math.floor((leaf.der.length * at) / 12) + 1))
    const longer = Buffer.concat([leaf.der, Buffer.from([0])])
    for (const bytes of [...cut, longer, element(0x30), Buffer.alloc(8000, 0x30)]) {
      const afterwards = ({ headers }: { headers: Record<string, string> }) => {
        headers['x-amz-x509'] = bytes.toString('base64')
      }
      await refused(session(leaf, { afterwards }), 'Untrusted certificate. Insufficient certificate')
    }
  })
})

describe('case 78: a profile gives no more than it lists', () => {
  test('a role of another profile, though it trusts certificates', async () => {
    const other = await setUp(server, root)
    await refused(session(makeLeaf(root), {}, { roleArn: other.roleArn }), 'Role is not listed in the profile')
  })

  test('a role that does not trust certificates, though the profile lists it', async () => {
    const closed = await setUp(server, root, {
      trust: trustingCertificates().replace('rolesanywhere.amazonaws.com', 'cognito-sync.amazonaws.com'),
    })
    await refused(session(makeLeaf(root), {}, closed), `Unable to assume role for ${closed.roleArn}`)
  })

  test('a profile that is disabled, or gone', async () => {
    const own = await setUp(server, root)
    await call(server, 'POST', `/profile/${own.profileId}/disable`)
    await refused(session(makeLeaf(root), {}, own), 'Profile disabled')
    await call(server, 'DELETE', `/profile/${own.profileId}`)
    assert.equal((await session(makeLeaf(root), {}, own)).status, 404)
  })

  test('a duration that is out of bounds', async () => {
    for (const durationSeconds of [899, 43_201, -1, 0])
      assert.equal((await session(makeLeaf(root), {}, { durationSeconds })).status, 400)
  })
})

describe('case 60: a name with odd characters makes no tag that says something else', () => {
  const admin = { StringLike: { 'aws:PrincipalTag/x509Subject/OU': 'admin*' } }
  const names: Record<string, NameParts> = {
    'a comma': [['CN', 'me,OU=admin']],
    'a line break': [['CN', 'me\nOU=admin']],
    'a NUL': [
      ['CN', 'me'],
      ['OU', 'admin\0.evil'],
    ],
    'a policy variable': [
      ['OU', '${aws:username}'],
      ['CN', 'me'],
    ],
    'an asterisk': [
      ['OU', 'admin*'],
      ['CN', 'me'],
    ],
    'bytes that are no UTF-8': [
      ['OU', element(0x0c, Buffer.from([0x61, 0xff, 0xfe]))],
      ['CN', 'me'],
    ],
    'a value beside one that is no text': [
      ['OU', element(0x0c, Buffer.from([0xff]))],
      ['OU', 'admin'],
      ['CN', 'me'],
    ],
    'a value of 257 characters': [
      ['OU', `admin${'a'.repeat(252)}`],
      ['CN', 'me'],
    ],
  }
  for (const [name, subject] of Object.entries(names))
    test(name, async () => {
      const own = await setUp(server, root, { trust: trustingCertificates(admin) })
      const { status, body } = await session(makeLeaf(root, { subject, serial: 4711n }), { serial: '4711' }, own)
      assert.equal(status, 403, JSON.stringify(body))
      // What OpenSSL cannot read is refused before it is mapped.
      assert.match(body.message, /^(?:Unable to assume role|Untrusted certificate)/)
    })

  test('an attribute that could not be mapped is named', async () => {
    const own = await setUp(server, root, { trust: trustingCertificates(admin) })
    const leaf = makeLeaf(root, { alternatives: [dnsName('*.example.com')] })
    const { body } = await session(leaf, {}, own)
    const lost = 'Some attributes failed to be mapped into session tags. Issuer: [  ]; Subject: [  ]; SAN: [ DNS ]'
    assert.equal(body.message, `Unable to assume role for ${own.roleArn}. ${lost}`)
  })

  test('a common name that can be no source identity gets no session, and no other name', async () => {
    for (const name of ['', 'a'.repeat(65), 'a\u0000b', 'a*b'])
      assert.equal((await session(makeLeaf(root, { subject: [['CN', name]] }))).status, 403)
  })
})
