/** CreateSession: certificates of devices become credentials, and the credentials open what policies say of the certificate. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import {
  directoryName,
  dnsName,
  type KeyKind,
  type Made,
  makeAuthority,
  makeKey,
  makeLeaf,
  uriName,
} from '../support/certificates.ts'
import { document } from '../support/roles.ts'
import { call, createSession, keysIn, setUp, trustingCertificates } from '../support/roles-anywhere.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let root: Made
before(async () => {
  server = await startTestServer()
  root = makeAuthority('Root')
  await server.clients.s3.send(new CreateBucketCommand({ Bucket: 'devices' }))
})
after(() => server.close())

const own = document({
  Effect: 'Allow',
  Action: ['s3:GetObject', 's3:PutObject'],
  Resource: 'arn:aws:s3:::devices/${aws:PrincipalTag/x509Subject/CN}/*',
})
const put = (keys: Parameters<TestServer['clientsWith']>[0], Key: string) =>
  server.clientsWith(keys).s3.send(new PutObjectCommand({ Bucket: 'devices', Key, Body: 'warm' }))

describe('a device with a certificate', () => {
  for (const kind of ['ec', 'p384', 'rsa', 'ml-dsa-65'] satisfies KeyKind[]) {
    test(`signs with a key of kind ${kind} and gets credentials that open its own folder and no other`, async () => {
      const authority = makeAuthority(`CA of ${kind}`, { key: makeKey(kind) })
      const arns = await setUp(server, authority, { policy: own })
      const leaf = makeLeaf(authority, { key: makeKey(kind), subject: [['CN', 'sensor-1']] })
      const answer = await createSession(server, arns, { certificate: leaf.der, key: leaf.key })
      const keys = keysIn(answer)
      await put(keys, 'sensor-1/now')
      await assert.rejects(put(keys, 'sensor-2/now'), { name: 'AccessDenied' })
      const got = await server
        .clientsWith(keys)
        .s3.send(new GetObjectCommand({ Bucket: 'devices', Key: 'sensor-1/now' }))
      assert.equal(await got.Body?.transformToString(), 'warm')
    })
  }

  test('is told what the session is, in AWS’s members: named by the serial number, identified by the common name', async () => {
    const arns = await setUp(server, root)
    const leaf = makeLeaf(root, { serial: 0x1abcden, subject: [['CN', 'pump']] })
    const answer = await createSession(server, arns, { certificate: leaf.der, key: leaf.key })
    assert.equal(answer.status, 201)
    const [set] = answer.body.credentialSet
    const arn = `arn:aws:sts::000000000000:assumed-role/${arns.name}/1abcde`
    assert.equal(set.assumedRoleUser.arn, arn)
    assert.match(set.assumedRoleUser.assumedRoleId, /^AROA\w+:1abcde$/)
    assert.equal(set.sourceIdentity, 'CN=pump')
    assert.equal(set.roleArn, arns.roleArn)
    assert.ok(set.packedPolicySize > 0 && set.packedPolicySize <= 100)
    assert.match(set.credentials.expiration, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    assert.match(answer.body.subjectArn, /^arn:aws:rolesanywhere:us-east-1:000000000000:subject\/[0-9a-f-]{36}$/)
    const me = await server.clientsWith(keysIn(answer)).sts.send(new GetCallerIdentityCommand({}))
    assert.equal(me.Arn, arn)
  })

  test('may name the trust anchor, profile and role in the body or in the query, but not differently in both', async () => {
    const arns = await setUp(server, root)
    const leaf = makeLeaf(root)
    const signing = { certificate: leaf.der, key: leaf.key }
    assert.equal((await createSession(server, arns, { ...signing, place: 'body' })).status, 201)
    assert.equal((await createSession(server, { ...arns, sessionName: 'old' }, signing)).status, 201)
    const other = await createSession(
      server,
      { ...arns },
      {
        ...signing,
        place: 'body',
        afterwards: ({ url }) => url.searchParams.set('roleArn', 'arn:aws:iam::000000000000:role/other'),
      },
    )
    assert.deepEqual([other.status, other.type], [400, 'ValidationException'])
  })

  test('is believed through intermediates that it brings along, in any order', async () => {
    const upper = makeAuthority('Upper', {}, root)
    const lower = makeAuthority('Lower', { pathLength: 0 }, upper)
    const arns = await setUp(server, root)
    const leaf = makeLeaf(lower)
    const signing = { certificate: leaf.der, key: leaf.key }
    for (const chain of [
      [lower, upper],
      [upper, lower],
      [upper, root, lower],
    ])
      assert.equal((await createSession(server, arns, { ...signing, chain: chain.map(({ der }) => der) })).status, 201)
    const missing = await createSession(server, arns, { ...signing, chain: [lower.der] })
    assert.deepEqual([missing.type, missing.body.message], ['AccessDeniedException', 'Untrusted signing certificate'])
  })

  test('is believed by an anchor that is an intermediate itself, or one of several certificates', async () => {
    const lower = makeAuthority('Lower', {}, root)
    const leaf = makeLeaf(lower)
    const bundle = { pem: `${makeAuthority('Another').pem}${lower.pem}` }
    const arns = await setUp(server, bundle)
    assert.equal((await createSession(server, arns, { certificate: leaf.der, key: leaf.key })).status, 201)
  })
})

describe('the trust policy', () => {
  const try_ = async (condition: object, profile = {}) => {
    const arns = await setUp(server, root, { trust: trustingCertificates(condition), profile })
    const leaf = makeLeaf(root, {
      subject: [
        ['C', 'US'],
        ['OU', 'Security'],
        ['OU', 'Engineering'],
        ['CN', 'alice'],
      ],
      alternatives: [
        dnsName('example.com'),
        dnsName('second.example.com'),
        uriName('spiffe://example.com/workload/alice'),
        directoryName([['CN', 'Alice']]),
      ],
    })
    return (await createSession(server, arns, { certificate: leaf.der, key: leaf.key })).status
  }

  for (const [key, value] of [
    ['aws:PrincipalTag/x509Subject/CN', 'alice'],
    ['aws:RequestTag/x509Subject/CN', 'alice'],
    ['aws:PrincipalTag/x509Subject/OU', 'Security/Engineering'],
    ['aws:PrincipalTag/x509Issuer/CN', 'Root'],
    ['aws:PrincipalTag/x509SAN/DNS', 'example.com'],
    ['aws:PrincipalTag/x509SAN/URI', 'spiffe://example.com/workload/alice'],
    ['aws:PrincipalTag/x509SAN/Name/CN', 'Alice'],
    ['aws:SourceAccount', '000000000000'],
  ] as const)
    test(`may ask for ${key}`, async () => {
      assert.equal(await try_({ StringEquals: { [key]: value } }), 201)
      assert.equal(await try_({ StringEquals: { [key]: `${value}x` } }), 403)
    })

  test('may ask for the source identity and the session’s name, when those are set', async () => {
    const [identify, name] = ['sts:SetSourceIdentity', 'sts:AssumeRole']
    for (const [value, status] of [
      ['CN=alice', 201],
      ['alice', 403],
    ] as const) {
      const trust = JSON.parse(trustingCertificates())
      const [statement] = trust.Statement
      trust.Statement = [
        { ...statement, Action: [name, 'sts:TagSession'] },
        { ...statement, Action: identify, Condition: { StringEquals: { 'sts:SourceIdentity': value } } },
      ]
      const arns = await setUp(server, root, { trust: JSON.stringify(trust) })
      const leaf = makeLeaf(root, { subject: [['CN', 'alice']] })
      assert.equal((await createSession(server, arns, { certificate: leaf.der, key: leaf.key })).status, status)
    }
  })

  test('may ask for the trust anchor: a certificate of the same name from another authority is refused', async () => {
    const other = makeAuthority('Other')
    const elsewhere = await setUp(server, other)
    const arns = await setUp(server, root, {
      trust: trustingCertificates({ ArnEquals: { 'aws:SourceArn': elsewhere.trustAnchorArn } }),
    })
    const mine = makeLeaf(root, { subject: [['CN', 'alice']] })
    const theirs = makeLeaf(other, { subject: [['CN', 'alice']] })
    const through = { ...arns, trustAnchorArn: elsewhere.trustAnchorArn }
    assert.equal((await createSession(server, arns, { certificate: mine.der, key: mine.key })).status, 403)
    assert.equal((await createSession(server, through, { certificate: theirs.der, key: theirs.key })).status, 201)
  })

  for (const missing of ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'])
    test(`must allow ${missing}`, async () => {
      const trust = JSON.parse(trustingCertificates())
      trust.Statement[0].Action = trust.Statement[0].Action.filter((action: string) => action !== missing)
      const arns = await setUp(server, root, { trust: JSON.stringify(trust) })
      const leaf = makeLeaf(root)
      const answer = await createSession(server, arns, { certificate: leaf.der, key: leaf.key })
      assert.deepEqual(
        [answer.status, answer.type, answer.body.message],
        [403, 'AccessDeniedException', `Unable to assume role for ${arns.roleArn}`],
      )
    })
})

describe('the profile', () => {
  const leafOf = () => {
    const leaf = makeLeaf(root)
    return { certificate: leaf.der, key: leaf.key }
  }
  const seconds = async (profile: object, wish: object) => {
    const arns = await setUp(server, root, { profile })
    const answer = await createSession(server, { ...arns, ...wish }, leafOf())
    if (answer.status !== 201) return answer
    const left = Date.parse(answer.body.credentialSet[0].credentials.expiration) - server.world.now()
    return Math.round(left / 1000 / 60) * 60
  }

  test('and the request each shorten the session; the shorter counts, and neither may pass the role’s own limit', async () => {
    assert.equal(await seconds({}, {}), 3600)
    assert.equal(await seconds({ durationSeconds: 1800 }, {}), 1800)
    assert.equal(await seconds({ durationSeconds: 1800 }, { durationSeconds: 3600 }), 1800)
    assert.equal(await seconds({ durationSeconds: 1800 }, { durationSeconds: 900 }), 900)
    assert.equal(await seconds({ durationSeconds: 7200 }, { durationSeconds: 3600 }), 3600)
    const long = await seconds({ durationSeconds: 7200 }, {})
    assert.ok(typeof long === 'object')
    assert.deepEqual([long.status, long.type], [400, 'ValidationException'])
  })

  test('decides whether the device may name its session', async () => {
    const named = { roleSessionName: 'shift-7' }
    const refused = await createSession(server, { ...(await setUp(server, root)), ...named }, leafOf())
    assert.deepEqual([refused.status, refused.type], [403, 'AccessDeniedException'])
    const arns = await setUp(server, root, { profile: { acceptRoleSessionName: true } })
    const answer = await createSession(server, { ...arns, ...named }, leafOf())
    assert.match(answer.body.credentialSet[0].assumedRoleUser.arn, /\/shift-7$/)
    assert.equal((await createSession(server, { ...arns, roleSessionName: 'no space' }, leafOf())).status, 400)
  })

  test('limits the session by its session policy and its managed policies', async () => {
    const everything = document({ Effect: 'Allow', Action: '*', Resource: '*' })
    const reading = document({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' })
    for (const profile of [
      { sessionPolicy: reading },
      { managedPolicyArns: ['arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess'] },
    ]) {
      const arns = await setUp(server, root, { policy: everything, profile })
      const keys = keysIn(await createSession(server, arns, leafOf()))
      await assert.rejects(put(keys, 'any'), { name: 'AccessDenied' })
    }
  })

  test('decides which attributes become tags', async () => {
    const trust = trustingCertificates({ StringEquals: { 'aws:PrincipalTag/x509Subject/CN': 'somebody' } })
    const arns = await setUp(server, root, { trust })
    assert.equal((await createSession(server, arns, leafOf())).status, 201)
    const mappings = `/profiles/${arns.profileId}/mappings`
    await call(server, 'PUT', mappings, { certificateField: 'x509Subject', mappingRules: [{ specifier: 'OU' }] })
    assert.equal((await createSession(server, arns, leafOf())).status, 403)
    await call(server, 'PUT', mappings, {
      certificateField: 'x509Subject',
      mappingRules: [{ specifier: 'OU' }, { specifier: 'CN' }],
    })
    assert.equal((await createSession(server, arns, leafOf())).status, 201)
    await call(server, 'DELETE', `${mappings}?certificateField=x509Subject&specifiers=CN&specifiers=O`)
    assert.equal((await createSession(server, arns, leafOf())).status, 403)
  })
})

test('without a common name the serial number identifies the session; a long name stands without its prefix', async () => {
  const arns = await setUp(server, root)
  for (const [subject, serial, identity] of [
    [[['O', 'Acme']], 291n, 'ID=0123'],
    [[['O', 'Acme']], 17767n, 'ID=4567'],
    [[['CN', 'n'.repeat(61)]], 5000n, `CN=${'n'.repeat(61)}`],
    [[['CN', 'n'.repeat(62)]], 5001n, 'n'.repeat(62)],
  ] as const) {
    const leaf = makeLeaf(root, { subject, serial })
    const answer = await createSession(server, arns, { certificate: leaf.der, key: leaf.key })
    assert.equal(answer.body.credentialSet?.[0].sourceIdentity, identity)
  }
})

test('a subject remembers its certificates, the attempts that failed too, and what the device said of itself', async () => {
  const arns = await setUp(server, root)
  const leaf = makeLeaf(root, {
    subject: [
      ['O', 'Acme, Inc.'],
      ['CN', 'remembered'],
    ],
  })
  const signing = { certificate: leaf.der, key: leaf.key }
  const first = await createSession(server, { ...arns, instanceProperties: { host: 'a' } }, signing)
  await createSession(server, { ...arns, roleSessionName: 'mine' }, signing)
  const [, id] = first.body.subjectArn.split('/')
  const { body } = await call(server, 'GET', `/subject/${id}`)
  assert.equal(body.subject.x509Subject, 'CN=remembered,O=Acme\\, Inc.')
  assert.equal(body.subject.credentials.length, 1)
  const [seen] = body.subject.credentials
  assert.deepEqual([seen.failed, seen.issuer], [true, 'CN=Root'])
  assert.equal(new X509Certificate(seen.x509CertificateData).raw.equals(leaf.der), true)
  assert.deepEqual(body.subject.instanceProperties[0].properties, { host: 'a' })
  const list = await call(server, 'GET', '/subjects')
  assert.ok(list.body.subjects.some((one) => one.subjectId === id))
})

test('whoever asked hears in the log that a certificate ends soon', async () => {
  const arns = await setUp(server, root)
  const leaf = makeLeaf(root, { until: Date.now() + 10 * 86_400_000 })
  const warned: unknown[] = []
  const { warn } = server.world.log
  server.world.log.warn = ((line: unknown) => warned.push(line)) as typeof warn
  await createSession(server, arns, { certificate: leaf.der, key: leaf.key })
  await call(server, 'PATCH', '/put-notifications-settings', {
    trustAnchorId: arns.trustAnchorId,
    notificationSettings: [{ event: 'END_ENTITY_CERTIFICATE_EXPIRY', enabled: true, threshold: 5 }],
  })
  await createSession(server, arns, { certificate: leaf.der, key: leaf.key })
  server.world.log.warn = warn
  assert.deepEqual(
    warned.map((line) => (line as { event?: string }).event),
    ['END_ENTITY_CERTIFICATE_EXPIRY'],
  )
})

test('certificates and a revocation list made by OpenSSL are understood', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'poolhouse-x509-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const at = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  writeFileSync(at('index.txt'), '')
  writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ncertificate=ca.pem\nprivate_key=ca.key\ndefault_md=sha256\ndefault_days=10\ndefault_crl_days=5\npolicy=p\nx509_extensions=leaf\n[p]\ncountryName=optional\norganizationName=optional\ncommonName=optional\n[leaf]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=clientAuth\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nsubjectAltName=URI:spiffe://example.com/drill,DNS:drill.example.com\n`,
  )
  writeFileSync(at('serial'), '00C0FFEE\n')
  openssl(
    ...'req -x509 -newkey rsa:2048 -nodes -days 30 -subj /C=DE/O=Werk/CN=Ca -keyout ca.key -out ca.pem'.split(' '),
    ...['-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
  )
  openssl(...'req -new -newkey rsa:2048 -nodes -subj /C=DE/O=Werk/CN=drill -keyout leaf.key -out leaf.csr'.split(' '))
  openssl(...'ca -batch -config ca.cnf -in leaf.csr -out leaf.pem -notext'.split(' '))
  const arns = await setUp(
    server,
    { pem: readFileSync(at('ca.pem'), 'utf8') },
    {
      trust: trustingCertificates({ StringEquals: { 'aws:PrincipalTag/x509SAN/URI': 'spiffe://example.com/drill' } }),
    },
  )
  const certificate = new X509Certificate(readFileSync(at('leaf.pem'))).raw
  const signing = { certificate, key: createPrivateKey(readFileSync(at('leaf.key'))) }
  const answer = await createSession(server, arns, signing)
  assert.match(answer.body.credentialSet[0].assumedRoleUser.arn, /\/c0ffee$/)

  openssl(...'ca -config ca.cnf -gencrl -out none.crl'.split(' '))
  openssl(...'ca -config ca.cnf -revoke leaf.pem -crl_reason keyCompromise'.split(' '))
  openssl(...'ca -config ca.cnf -gencrl -out some.crl'.split(' '))
  const crlData = (name: string) => readFileSync(at(name)).toString('base64')
  const { trustAnchorArn } = arns
  const made = await call(server, 'POST', '/crls', {
    name: 'l',
    enabled: true,
    trustAnchorArn,
    crlData: crlData('none.crl'),
  })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  assert.equal((await createSession(server, arns, signing)).status, 201)
  const { crlId } = made.body.crl
  assert.equal((await call(server, 'PATCH', `/crl/${crlId}`, { crlData: crlData('some.crl') })).status, 200)
  assert.equal((await createSession(server, arns, signing)).status, 403)
  await call(server, 'POST', `/crl/${crlId}/disable`)
  assert.equal((await createSession(server, arns, signing)).status, 201)
})
