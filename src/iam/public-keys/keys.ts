/** Uploading, finding and changing public keys and certificates of users, within the quotas and with the refusals of IAM. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { isActive } from '../access-keys/access-key.ts'
import { certificateId, uniqueId } from '../ids.ts'
import { requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { type PublicKey, readSigningCertificate, readSshKey } from './public-key.ts'
import { insertKey, readKeys, readOwners, removeKey, updateKey } from './store.ts'

/** How many a user may have. AWS: IAM User Guide, "IAM and AWS STS quotas". */
const most = { ssh: 5, certificate: 2 } as const
const quotaNames = { ssh: 'SSHPublicKeysPerUser', certificate: 'SigningCertificatesPerUser' } as const
export const signingCertificatesPerUser = most.certificate

/** unproved: AWS's sentence for SSH keys, which is quoted in other implementations only. */
const missing = {
  ssh: (id: string) => `The SSH Public Key with id ${id} cannot be found.`,
  certificate: (id: string) => `The Certificate with id ${id} cannot be found.`,
} as const
const noSuchKey = (kind: PublicKey['kind'], id: string): never => fail('NoSuchEntityException', missing[kind](id))

export async function upload(world: World, user: User, kind: PublicKey['kind'], text: string): Promise<PublicKey> {
  const read = kind === 'ssh' ? readSshKey(text) : readSigningCertificate(text, world.now())
  const id = kind === 'ssh' ? uniqueId(world, 'APKA') : certificateId(world)
  const made = { ...read, id, kind, userId: user.id, active: true, uploadedAt: world.now() }
  const { account } = world.settings
  await world.db.transaction(async (db) => {
    await requireUser(db, account, user)
    refuseTwice(made, await readOwners(db, account, kind, read.fingerprint))
    if ((await readKeys(db, account, user.id, kind)).length >= most[kind]) {
      fail('LimitExceededException', `Cannot exceed quota for ${quotaNames[kind]}: ${most[kind]}`)
    }
    await insertKey(db, account, made)
  })
  return made
}

/** A certificate is one user's; an SSH key may be that of several. AWS: UploadSigningCertificate, UploadSSHPublicKey. */
function refuseTwice({ kind, userId }: PublicKey, owners: readonly string[]): void {
  if (kind === 'certificate' && owners.length > 0) {
    fail('DuplicateCertificateException', 'The same certificate is associated with an IAM user in the account.')
  }
  if (kind === 'ssh' && owners.includes(userId)) {
    fail('DuplicateSSHPublicKeyException', 'The SSH public key is already associated with the specified IAM user.')
  }
}

export const publicKeysOf = (
  world: Pick<World, 'db' | 'settings'>,
  userId: string,
  kind: PublicKey['kind'],
): Promise<PublicKey[]> => readKeys(world.db, world.settings.account, userId, kind)

export const findKey = async (world: World, user: User, kind: PublicKey['kind'], id: string): Promise<PublicKey> =>
  (await publicKeysOf(world, user.id, kind)).find((key) => key.id === id) ?? noSuchKey(kind, id)

type Which = { readonly kind: PublicKey['kind']; readonly id: string }

export async function setActive(world: World, { id: userId }: User, { kind, id }: Which, status: string) {
  if (await updateKey(world.db, world.settings.account, { kind, userId, id }, isActive(status))) return
  noSuchKey(kind, id)
}

export async function deleteKey(world: World, { id: userId }: User, { kind, id }: Which) {
  if (!(await removeKey(world.db, world.settings.account, { kind, userId, id }))) noSuchKey(kind, id)
}
