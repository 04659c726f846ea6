/**
 * The long-term access keys of IAM's users.
 *
 * Owns table access_keys. Never shows a secret twice, and never checks a signature (wire/sigv4.ts does). AWS: IAM API Reference.
 */
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { about } from '../entity-door.ts'
import { paged } from '../paged.ts'
import { rootArn } from '../root-user/root.ts'
import { user, userOrRoot } from '../users/doors.ts'
import { usersById } from '../users/find.ts'
import { type User, userArn } from '../users/user.ts'
import type { AccessKey } from './access-key.ts'
import { createKey, deleteKey, keyById, keysOf, noSuchKey, setStatus } from './keys.ts'
import { refuseRootKey, rootKeys, type ShownKey } from './root-keys.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

export const CreateAccessKey = operation('CreateAccessKey', user, async (_, { world, user }) => {
  const { id, secret, createdAt } = await createKey(world, user)
  return {
    AccessKey: {
      UserName: user.name,
      AccessKeyId: id,
      Status: 'Active' as const,
      SecretAccessKey: secret,
      CreateDate: new Date(createdAt),
    },
  }
})

/** A few at most, so that one page is enough unless less is asked for. */
export const ListAccessKeys = operation('ListAccessKeys', userOrRoot, async (input, context) => {
  const { world, user } = context
  const keys = user ? (await keysOf(world, user.id)).map((key) => describeKey(user, key)) : rootKeys(world)
  keys.sort((a, b) => (a.AccessKeyId < b.AccessKeyId ? -1 : 1))
  const { rows: AccessKeyMetadata, ...rest } = await paged(
    context,
    input,
    user?.id ?? world.settings.account,
    async (after = '', limit) => keys.filter(({ AccessKeyId }) => AccessKeyId > after).slice(0, limit),
    ({ AccessKeyId }) => AccessKeyId,
  )
  return { AccessKeyMetadata, ...rest }
})

const describeKey = ({ name }: User, { id, active, createdAt }: AccessKey): ShownKey => ({
  UserName: name,
  AccessKeyId: id,
  Status: active ? 'Active' : 'Inactive',
  CreateDate: new Date(createdAt),
})

export const UpdateAccessKey = operation('UpdateAccessKey', user, ({ AccessKeyId, Status }, { world, user }) =>
  setStatus(world, user, AccessKeyId, Status),
)

export const DeleteAccessKey = operation('DeleteAccessKey', userOrRoot, ({ AccessKeyId }, { world, user }) =>
  user ? deleteKey(world, user, AccessKeyId) : refuseRootKey(world, AccessKeyId),
)

/** A key and its owner, who is none where it is root's; permission is asked on the owner. */
type Owned = { readonly lastUsed: AccessKey['lastUsed']; readonly owner: User | undefined }

const key = about<'found', { AccessKeyId: string }, Owned>('found', {
  async find({ AccessKeyId }, { world }) {
    if (world.rootKeys.has(AccessKeyId)) return { lastUsed: undefined, owner: undefined }
    const key = await keyById(world, AccessKeyId)
    const [owner] = key ? await usersById(world, [key.userId]) : []
    return key && owner && { lastUsed: key.lastUsed, owner }
  },
  arn: (_, { world }, found) =>
    found ? (found.owner ? userArn(world.settings, found.owner) : rootArn(world.settings)) : '*',
  tags: ({ owner }) => owner?.tags ?? [],
  missing: ({ AccessKeyId }) => noSuchKey(AccessKeyId),
})

/** The use of root's keys is not noted. */
export const GetAccessKeyLastUsed = operation('GetAccessKeyLastUsed', key, (_, { found: { lastUsed, owner } }) => ({
  UserName: owner?.name,
  AccessKeyLastUsed: lastUsed
    ? { LastUsedDate: new Date(lastUsed.at), ServiceName: lastUsed.service, Region: lastUsed.region }
    : { LastUsedDate: undefined, ServiceName: 'N/A', Region: 'N/A' },
}))

export const operations: Operation[] = [
  ...[CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed],
]
