/**
 * Public keys and certificates that IAM's users upload: a directory, for those who let people in by it.
 *
 * Owns table user_public_keys. Nothing here takes them as proof: there is no CodeCommit, and requests are signed with access
 * keys. A host asks for a user's keys with AuthorizedKeysCommand. AWS: IAM API Reference.
 */
import { type Context, type Operation, operationsOf } from '../../wire/operation.ts'
import { type PageRequest, paged } from '../paged.ts'
import { user } from '../users/doors.ts'
import type { User } from '../users/user.ts'
import { deleteKey, findKey, publicKeysOf, setActive, upload } from './keys.ts'
import { encodeSshKey, type PublicKey } from './public-key.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

/** A handful at most, so that one page is enough unless less is asked for. */
async function pageOf(context: Context & { user: User }, input: PageRequest, kind: PublicKey['kind']) {
  const keys = await publicKeysOf(context.world, context.user.id, kind)
  return paged(
    context,
    input,
    context.user.id,
    async (after = '', limit) => keys.filter(({ id }) => id > after).slice(0, limit),
    ({ id }) => id,
  )
}

const statusOf = ({ active }: PublicKey) => (active ? ('Active' as const) : ('Inactive' as const))

const describeKey = ({ name }: User, key: PublicKey) => ({
  UserName: name,
  SSHPublicKeyId: key.id,
  Status: statusOf(key),
  UploadDate: new Date(key.uploadedAt),
})

export const UploadSSHPublicKey = operation('UploadSSHPublicKey', user, async (input, { world, user }) => {
  const key = await upload(world, user, 'ssh', input.SSHPublicKeyBody)
  return { SSHPublicKey: { ...describeKey(user, key), Fingerprint: key.fingerprint, SSHPublicKeyBody: key.body } }
})

export const GetSSHPublicKey = operation('GetSSHPublicKey', user, async (input, { world, user }) => {
  const key = await findKey(world, user, 'ssh', input.SSHPublicKeyId)
  const SSHPublicKeyBody = encodeSshKey(key.body, input.Encoding)
  return { SSHPublicKey: { ...describeKey(user, key), Fingerprint: key.fingerprint, SSHPublicKeyBody } }
})

export const ListSSHPublicKeys = operation('ListSSHPublicKeys', user, async (input, context) => {
  const { rows, ...rest } = await pageOf(context, input, 'ssh')
  return { SSHPublicKeys: rows.map((key) => describeKey(context.user, key)), ...rest }
})

export const UpdateSSHPublicKey = operation('UpdateSSHPublicKey', user, (input, { world, user }) =>
  setActive(world, user, { kind: 'ssh', id: input.SSHPublicKeyId }, input.Status),
)

export const DeleteSSHPublicKey = operation('DeleteSSHPublicKey', user, (input, { world, user }) =>
  deleteKey(world, user, { kind: 'ssh', id: input.SSHPublicKeyId }),
)

const describeCertificate = ({ name }: User, certificate: PublicKey) => ({
  UserName: name,
  CertificateId: certificate.id,
  CertificateBody: certificate.body,
  Status: statusOf(certificate),
  UploadDate: new Date(certificate.uploadedAt),
})

export const UploadSigningCertificate = operation('UploadSigningCertificate', user, async (input, { world, user }) => ({
  Certificate: describeCertificate(user, await upload(world, user, 'certificate', input.CertificateBody)),
}))

export const ListSigningCertificates = operation('ListSigningCertificates', user, async (input, context) => {
  const { rows, ...rest } = await pageOf(context, input, 'certificate')
  return { Certificates: rows.map((one) => describeCertificate(context.user, one)), ...rest }
})

export const UpdateSigningCertificate = operation('UpdateSigningCertificate', user, (input, { world, user }) =>
  setActive(world, user, { kind: 'certificate', id: input.CertificateId }, input.Status),
)

export const DeleteSigningCertificate = operation('DeleteSigningCertificate', user, (input, { world, user }) =>
  deleteKey(world, user, { kind: 'certificate', id: input.CertificateId }),
)

export const operations: Operation[] = [
  ...[UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey],
  ...[UploadSigningCertificate, ListSigningCertificates, UpdateSigningCertificate, DeleteSigningCertificate],
]
