/** Server certificates over the wire: checked against their key and chain, renamed, tagged; the private key is never kept. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { sql } from '../../src/store/db.ts'
import { type Made, makeAuthority, makeKey, makeLeaf } from '../support/certificates.ts'
import { account, assume, document, makeRole } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const arn = (name: string) => `arn:aws:iam::${account}:server-certificate/${name}`
const keyOf = ({ key }: Pick<Made, 'key'>) => key.export({ type: 'pkcs8', format: 'pem' }).toString()
const root = makeAuthority('Root')
const between = makeAuthority('Between', {}, root)
const leaf = makeLeaf(between)

const upload = (ServerCertificateName: string, more: Partial<api.UploadServerCertificateCommandInput> = {}) =>
  iam.send(
    new api.UploadServerCertificateCommand({
      ...{ ServerCertificateName, CertificateBody: leaf.pem, PrivateKey: keyOf(leaf) },
      ...more,
    }),
  )
const get = async (ServerCertificateName: string) =>
  (await iam.send(new api.GetServerCertificateCommand({ ServerCertificateName }))).ServerCertificate!
const gone = (name: string) => ({
  name: 'NoSuchEntityException',
  message: `The Server Certificate with name ${name} cannot be found.`,
})

describe('a server certificate', () => {
  test('is uploaded, shown and removed; its private key is nowhere', async () => {
    const CertificateChain = `${between.pem}\n${root.pem}`
    const Tags = [{ Key: 'k', Value: 'v' }]
    const made = await upload('Web', { Path: '/sites/', CertificateChain, Tags })
    const metadata = made.ServerCertificateMetadata!
    assert.match(metadata.ServerCertificateId!, /^ASCA[A-Z2-7]{17}$/)
    assert.deepEqual([metadata.Arn, metadata.Path], [arn('sites/Web'), '/sites/'])
    assert.ok(metadata.Expiration! > new Date())
    const shown = await get('Web')
    assert.deepEqual(shown.ServerCertificateMetadata, metadata)
    assert.deepEqual([shown.CertificateBody, shown.Tags], [leaf.pem.trim(), Tags])
    assert.equal(shown.CertificateChain!.replace(/\s/g, ''), CertificateChain.replace(/\s/g, ''))
    const [kept] = await server.world.db.all<Record<string, unknown>>(sql`select * from server_certificates`)
    assert.doesNotMatch(JSON.stringify(kept), /PRIVATE/)
    await iam.send(new api.DeleteServerCertificateCommand({ ServerCertificateName: 'Web' }))
    await assert.rejects(get('Web'), gone('Web'))
    await assert.rejects(
      iam.send(new api.DeleteServerCertificateCommand({ ServerCertificateName: 'Web' })),
      gone('Web'),
    )
  })

  test('is refused with a key that is not its own, or that cannot be read', async () => {
    await assert.rejects(upload('Mismatch', { PrivateKey: keyOf({ key: makeKey() }) }), {
      name: 'KeyPairMismatchException',
    })
    const malformed = { name: 'MalformedCertificateException' }
    await assert.rejects(upload('Mismatch', { PrivateKey: 'no key' }), malformed)
    await assert.rejects(upload('Mismatch', { CertificateBody: 'no certificate' }), malformed)
    await assert.rejects(upload('Mismatch', { CertificateBody: `${leaf.pem}${between.pem}` }), malformed)
    await assert.rejects(get('Mismatch'), gone('Mismatch'))
  })

  test('is refused with a chain that does not begin with its issuer, or is not in order', async () => {
    const malformed = { name: 'MalformedCertificateException', message: /^Unable to validate certificate chain\. / }
    const namesake = makeAuthority('Between')
    for (const chain of [[root], [root, between], [leaf, between], [namesake]]) {
      const CertificateChain = chain.map(({ pem }) => pem).join('\n')
      await assert.rejects(upload('Chained', { CertificateChain }), malformed)
    }
    await assert.rejects(upload('Chained', { CertificateChain: 'none' }), malformed)
    await upload('Chained', { CertificateChain: between.pem })
  })

  test('has a name that no other has, and gets another', async () => {
    await upload('One')
    await upload('Two')
    const taken = (name: string) => ({
      name: 'EntityAlreadyExistsException',
      message: `The Server Certificate with name ${name} already exists.`,
    })
    await assert.rejects(upload('ONE'), taken('ONE'))
    const rename = (ServerCertificateName: string, NewServerCertificateName: string, NewPath?: string) =>
      iam.send(new api.UpdateServerCertificateCommand({ ServerCertificateName, NewServerCertificateName, NewPath }))
    await assert.rejects(rename('Two', 'one'), taken('one'))
    await rename('Two', 'TWO', '/moved/')
    const { ServerCertificateMetadata } = await get('TWO')
    assert.equal(ServerCertificateMetadata!.Arn, arn('moved/TWO'))
    await assert.rejects(get('Two'), gone('Two'))
  })

  test('is renamed only by who may on the old name and the new', async () => {
    await upload('Mine')
    const policy = document({ Effect: 'Allow', Action: 'iam:*', Resource: arn('Mine*') })
    const session = await assume(server, server.clients, await makeRole(server.clients, 'Renamer', { policy }))
    const rename = (ServerCertificateName: string, NewServerCertificateName: string) =>
      session.iam.send(new api.UpdateServerCertificateCommand({ ServerCertificateName, NewServerCertificateName }))
    await assert.rejects(rename('Mine', 'Theirs'), { name: 'AccessDenied' })
    await assert.rejects(rename('One', 'MineToo'), { name: 'AccessDenied' })
    await rename('Mine', 'MineNow')
  })

  test('is tagged', async () => {
    const ServerCertificateName = 'Tagged'
    await upload(ServerCertificateName)
    const tags = async () => (await iam.send(new api.ListServerCertificateTagsCommand({ ServerCertificateName }))).Tags
    await iam.send(new api.TagServerCertificateCommand({ ServerCertificateName, Tags: [{ Key: 'a', Value: '1' }] }))
    assert.deepEqual(await tags(), [{ Key: 'a', Value: '1' }])
    await iam.send(new api.UntagServerCertificateCommand({ ServerCertificateName, TagKeys: ['A'] }))
    assert.deepEqual(await tags(), [])
  })
})

test('server certificates are listed below a path, counted, and twenty at most', async () => {
  const count = async () => (await iam.send(new api.GetAccountSummaryCommand({}))).SummaryMap!.ServerCertificates!
  const before = await count()
  for (let index = before; index < 20; index += 1) await upload(`more-${index}`, { Path: '/more/' })
  assert.equal(await count(), 20)
  await assert.rejects(upload('over'), {
    name: 'LimitExceededException',
    message: 'Cannot exceed quota for ServerCertificatesPerAccount: 20',
  })
  const first = await iam.send(new api.ListServerCertificatesCommand({ PathPrefix: '/more/', MaxItems: 5 }))
  const rest = await iam.send(new api.ListServerCertificatesCommand({ PathPrefix: '/more/', Marker: first.Marker }))
  const listed = [...first.ServerCertificateMetadataList!, ...rest.ServerCertificateMetadataList!]
  assert.deepEqual([first.IsTruncated, listed.length], [true, 20 - before])
})
