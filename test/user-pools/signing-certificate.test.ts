/** The certificate of a pool's SAML key, through the SDK. */
import assert from 'node:assert/strict'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { GetSigningCertificateCommand } from '@aws-sdk/client-cognito-identity-provider'
import { createSeal } from '../../src/protocols/seal.ts'
import { samlKey } from '../../src/user-pools/saml-keys/key.ts'
import { makePool, refused } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let id: string
before(async () => {
  server = await startTestServer()
  id = (await makePool(server)).id
})
after(() => server.close())
const get = async (UserPoolId: string) =>
  (await server.clients.idp.send(new GetSigningCertificateCommand({ UserPoolId }))).Certificate ?? assert.fail('none')

describe('GetSigningCertificate', () => {
  test('refuses the wrong type', () => refused(get(7 as unknown as string), 'SerializationException'))

  test('refuses the wrong value', async () => {
    await refused(get('no pool'), 'InvalidParameterException', /at 'userPoolId' failed/)
    await refused(get('us-east-1_absent'), 'ResourceNotFoundException', 'User pool us-east-1_absent does not exist.')
  })

  test('answers the certificate of the key that signs, the same every time, for ten years', async () => {
    const answers = await Promise.all([get(id), get(id), get(id)])
    assert.equal(new Set([...answers, await get(id)]).size, 1)
    const [text = ''] = answers
    assert.match(text, /^[A-Za-z0-9+/]+=*$/)
    const certificate = new X509Certificate(Buffer.from(text, 'base64'))
    const { privatePem } = await samlKey(server.world, { id })
    assert.ok(certificate.checkPrivateKey(createPrivateKey(privatePem)))
    const years = Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)
    assert.equal(Math.round(years / (365.25 * 86_400_000)), 10)
  })

  test('another pool has another', async () => {
    assert.notEqual(await get((await makePool(server)).id), await get(id))
  })

  test('the private half is sealed under the master key', async () => {
    await samlKey(server.world, { id })
    const other = { ...server.world, seal: createSeal(Buffer.alloc(32, 1)) }
    await assert.rejects(samlKey(other, { id }), /another master key/)
  })
})
