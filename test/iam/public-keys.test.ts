/** SSH public keys and signing certificates of IAM's users, over the wire: read before they are kept, and in nobody's way but their owner's. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { IAMClient } from '@aws-sdk/client-iam'
import * as api from '@aws-sdk/client-iam'
import { printSshRsa } from '../../src/protocols/ssh-rsa.ts'
import { certify, makeAuthority, makeKey } from '../support/certificates.ts'
import { account, allowing } from '../support/roles.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let iam: IAMClient
before(async () => {
  server = await startTestServer()
  iam = server.clients.iam
})
after(() => server.close())

const makeUser = (UserName: string) => iam.send(new api.CreateUserCommand({ UserName }))
const pair = (modulusLength = 2048) => generateKeyPairSync('rsa', { modulusLength })
const pemOf = (key: ReturnType<typeof pair>['publicKey']) => key.export({ type: 'spki', format: 'pem' }).toString()
const gone = { name: 'NoSuchEntityException' }

describe('an SSH public key', () => {
  const upload = async (UserName: string, SSHPublicKeyBody: string) =>
    (await iam.send(new api.UploadSSHPublicKeyCommand({ UserName, SSHPublicKeyBody }))).SSHPublicKey!
  const get = async (UserName: string, SSHPublicKeyId: string, Encoding: api.EncodingType = 'SSH') =>
    (await iam.send(new api.GetSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Encoding }))).SSHPublicKey!
  const listed = async (UserName: string) =>
    (await iam.send(new api.ListSSHPublicKeysCommand({ UserName }))).SSHPublicKeys!

  test('is uploaded as SSH writes it, and shown so or in PEM', async () => {
    await makeUser('Ann')
    const { publicKey } = pair()
    const line = printSshRsa(publicKey)
    const key = await upload('Ann', `${line} ann@example.com`)
    assert.match(key.SSHPublicKeyId!, /^APKA[A-Z2-7]{17}$/)
    assert.match(key.Fingerprint!, /^([0-9a-f]{2}:){15}[0-9a-f]{2}$/)
    assert.deepEqual([key.UserName, key.Status, key.SSHPublicKeyBody], ['Ann', 'Active', line])
    assert.deepEqual(await get('Ann', key.SSHPublicKeyId!), key)
    assert.equal((await get('Ann', key.SSHPublicKeyId!, 'PEM')).SSHPublicKeyBody, pemOf(publicKey))
    const { Fingerprint: _, SSHPublicKeyBody: __, ...metadata } = key
    assert.deepEqual(await listed('Ann'), [metadata])
  })

  test('is uploaded in PEM, and is the same key', async () => {
    await makeUser('Pem')
    const { publicKey } = pair()
    const key = await upload('Pem', pemOf(publicKey))
    assert.equal(key.SSHPublicKeyBody, printSshRsa(publicKey))
    await assert.rejects(upload('Pem', printSshRsa(publicKey)), { name: 'DuplicateSSHPublicKeyException' })
    await makeUser('Colleague')
    await upload('Colleague', printSshRsa(publicKey))
  })

  test('is refused where it is none, too short, of another kind, or private', async () => {
    await makeUser('Wrong')
    const invalid = { name: 'InvalidPublicKeyException', message: 'The public key is malformed or otherwise invalid.' }
    for (const wrong of [
      ...['ssh-rsa AAAA', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==', printSshRsa(pair(1024).publicKey)],
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----',
    ]) {
      await assert.rejects(upload('Wrong', wrong), invalid, wrong)
    }
    const unknown = { name: 'UnrecognizedPublicKeyEncodingException' }
    await assert.rejects(upload('Wrong', 'a key'), unknown)
    const secret = pair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    await assert.rejects(upload('Wrong', secret), unknown)
    assert.deepEqual(await listed('Wrong'), [])
    await assert.rejects(upload('none', printSshRsa(pair().publicKey)), gone)
  })

  test('is one of five at most, is switched off and removed', async () => {
    await makeUser('Many')
    const keys = []
    for (let index = 0; index < 5; index += 1) keys.push(await upload('Many', printSshRsa(pair().publicKey)))
    await assert.rejects(upload('Many', printSshRsa(pair().publicKey)), {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for SSHPublicKeysPerUser: 5',
    })
    const which = { UserName: 'Many', SSHPublicKeyId: keys[0]!.SSHPublicKeyId! }
    await iam.send(new api.UpdateSSHPublicKeyCommand({ ...which, Status: 'Inactive' }))
    assert.equal((await get('Many', which.SSHPublicKeyId)).Status, 'Inactive')
    await assert.rejects(iam.send(new api.UpdateSSHPublicKeyCommand({ ...which, Status: 'Expired' as 'Active' })), {
      name: 'InvalidInputException',
    })
    const page = await iam.send(new api.ListSSHPublicKeysCommand({ UserName: 'Many', MaxItems: 3 }))
    const rest = await iam.send(new api.ListSSHPublicKeysCommand({ UserName: 'Many', Marker: page.Marker }))
    assert.deepEqual([page.SSHPublicKeys!.length, rest.SSHPublicKeys!.length, rest.IsTruncated], [3, 2, false])
    await iam.send(new api.DeleteSSHPublicKeyCommand(which))
    await assert.rejects(get('Many', which.SSHPublicKeyId), gone)
    await assert.rejects(iam.send(new api.DeleteSSHPublicKeyCommand(which)), gone)
  })

  test('is not reached through another user', async () => {
    await makeUser('Owner')
    await makeUser('Other')
    const { SSHPublicKeyId } = await upload('Owner', printSshRsa(pair().publicKey))
    const UserName = 'Other'
    await assert.rejects(get(UserName, SSHPublicKeyId!), gone)
    await assert.rejects(iam.send(new api.DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })), gone)
    const update = new api.UpdateSSHPublicKeyCommand({ UserName, SSHPublicKeyId, Status: 'Inactive' })
    await assert.rejects(iam.send(update), gone)
    assert.equal((await listed('Owner')).length, 1)
  })
})

describe('a signing certificate', () => {
  const upload = async (UserName: string, CertificateBody: string) =>
    (await iam.send(new api.UploadSigningCertificateCommand({ UserName, CertificateBody }))).Certificate!
  const listed = async (UserName: string) =>
    (await iam.send(new api.ListSigningCertificatesCommand({ UserName }))).Certificates!

  test('is uploaded, shown, switched off and removed', async () => {
    await makeUser('Signer')
    const { pem } = makeAuthority('Signer')
    const certificate = await upload('Signer', pem)
    assert.match(certificate.CertificateId!, /^[A-Z2-7]{32}$/)
    assert.deepEqual([certificate.UserName, certificate.Status, certificate.CertificateBody], ['Signer', 'Active', pem])
    assert.deepEqual(await listed('Signer'), [certificate])
    const which = { UserName: 'Signer', CertificateId: certificate.CertificateId! }
    await iam.send(new api.UpdateSigningCertificateCommand({ ...which, Status: 'Inactive' }))
    assert.equal((await listed('Signer'))[0]!.Status, 'Inactive')
    await iam.send(new api.DeleteSigningCertificateCommand(which))
    assert.deepEqual(await listed('Signer'), [])
    await assert.rejects(iam.send(new api.DeleteSigningCertificateCommand(which)), gone)
  })

  test('is the user’s own where no name is given', async () => {
    await makeUser('Self')
    await iam.send(
      new api.PutUserPolicyCommand({
        ...{ UserName: 'Self', PolicyName: 'p' },
        PolicyDocument: allowing('iam:*SigningCertificate*', `arn:aws:iam::${account}:user/\${aws:username}`),
      }),
    )
    const { AccessKey } = await iam.send(new api.CreateAccessKeyCommand({ UserName: 'Self' }))
    const own = server.clientsWith({
      accessKeyId: AccessKey!.AccessKeyId!,
      secretAccessKey: AccessKey!.SecretAccessKey!,
    })
    const CertificateBody = makeAuthority('Self').pem
    const { Certificate } = await own.iam.send(new api.UploadSigningCertificateCommand({ CertificateBody }))
    assert.equal(Certificate!.UserName, 'Self')
    await assert.rejects(own.iam.send(new api.ListSigningCertificatesCommand({ UserName: 'Signer' })), {
      name: 'AccessDenied',
    })
  })

  test('is refused where it is none, over, somebody’s already, or the third', async () => {
    await makeUser('Refused')
    for (const wrong of ['none', makeKey().export({ type: 'pkcs8', format: 'pem' }).toString()]) {
      await assert.rejects(upload('Refused', wrong), { name: 'MalformedCertificateException' })
    }
    const two = `${makeAuthority('a').pem}\n${makeAuthority('b').pem}`
    await assert.rejects(upload('Refused', two), { name: 'MalformedCertificateException' })
    const over = certify({ from: Date.now() - 2 * 86_400_000, until: Date.now() - 86_400_000 })
    await assert.rejects(upload('Refused', over.pem), { name: 'InvalidCertificateException' })
    const first = makeAuthority('first').pem
    await upload('Refused', first)
    await makeUser('Second')
    await assert.rejects(upload('Second', first), { name: 'DuplicateCertificateException' })
    await upload('Refused', makeAuthority('second').pem)
    await assert.rejects(upload('Refused', makeAuthority('third').pem), {
      name: 'LimitExceededException',
      message: 'Cannot exceed quota for SigningCertificatesPerUser: 2',
    })
  })
})

test('a user goes only without keys and certificates, which the credential report shows', async () => {
  await makeUser('Leaving')
  const { SSHPublicKey } = await iam.send(
    new api.UploadSSHPublicKeyCommand({ UserName: 'Leaving', SSHPublicKeyBody: printSshRsa(pair().publicKey) }),
  )
  const { Certificate } = await iam.send(
    new api.UploadSigningCertificateCommand({ UserName: 'Leaving', CertificateBody: makeAuthority('x').pem }),
  )
  const { Content } = await iam.send(new api.GetCredentialReportCommand({}))
  const [head, ...lines] = Buffer.from(Content!).toString().trim().split('\n')
  const line = lines.find((one) => one.startsWith('Leaving,'))!.split(',')
  const of = (column: string) => line[head!.split(',').indexOf(column)]!
  assert.deepEqual([of('cert_1_active'), of('cert_2_active'), of('cert_2_last_rotated')], ['true', 'false', 'N/A'])
  assert.match(of('cert_1_last_rotated'), /^\d{4}-/)

  const leave = () => iam.send(new api.DeleteUserCommand({ UserName: 'Leaving' }))
  const conflict = (loss: string) => ({
    name: 'DeleteConflictException',
    message: `Cannot delete entity, must ${loss} first.`,
  })
  await assert.rejects(leave(), conflict('delete SSH public keys'))
  const { SSHPublicKeyId } = SSHPublicKey!
  await iam.send(new api.DeleteSSHPublicKeyCommand({ UserName: 'Leaving', SSHPublicKeyId }))
  await assert.rejects(leave(), conflict('delete signing certificates'))
  const { CertificateId } = Certificate!
  await iam.send(new api.DeleteSigningCertificateCommand({ UserName: 'Leaving', CertificateId }))
  await leave()
})
