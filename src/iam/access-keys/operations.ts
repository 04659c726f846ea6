/**
 * The long-term access keys of IAM's users.
 *
 * Owns table access_keys. Never shows a secret twice, and never checks a signature (wire/sigv4.ts does). AWS: IAM API Reference.
 */
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { about } from '../entity-door.ts'
import { paged } from '../paged.ts'
import { user } from '../users/doors.ts'
import { usersById } from '../users/find.ts'
import { type User, userArn } from '../users/user.ts'
import type { AccessKey } from './access-key.ts'
import { createKey, deleteKey, keyById, keysOf, noSuchKey, setActive } from './keys.ts'

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

/** Two at most, so that one page is enough unless less is asked for. */
export const ListAccessKeys = operation('ListAccessKeys', user, async (input, context) => {
  const keys = (await keysOf(context.world, context.user.id)).sort((a, b) => (a.id < b.id ? -1 : 1))
  const { rows, ...rest } = await paged(
    context,
    input,
    context.user.id,
    async (after = '', limit) => keys.filter(({ id }) => id > after).slice(0, limit),
    ({ id }) => id,
  )
  const AccessKeyMetadata = rows.map(({ id, active, createdAt }) => ({
    UserName: context.user.name,
    AccessKeyId: id,
    Status: active ? ('Active' as const) : ('Inactive' as const),
    CreateDate: new Date(createdAt),
  }))
  return { AccessKeyMetadata, ...rest }
})

export const UpdateAccessKey = operation('UpdateAccessKey', user, ({ AccessKeyId, Status }, { world, user }) =>
  setActive(world, user, AccessKeyId, Status === 'Active'),
)

export const DeleteAccessKey = operation('DeleteAccessKey', user, ({ AccessKeyId }, { world, user }) =>
  deleteKey(world, user, AccessKeyId),
)

/** A key and its owner; permission is asked on the owner. */
const key = about<'found', { AccessKeyId: string }, { key: AccessKey; owner: User }>('found', {
  async find({ AccessKeyId }, { world }) {
    const key = await keyById(world, AccessKeyId)
    const [owner] = key ? await usersById(world, [key.userId]) : []
    return key && owner && { key, owner }
  },
  arn: (_, { world }, found) => (found ? userArn(world.settings, found.owner) : '*'),
  tags: ({ owner }) => owner.tags,
  missing: ({ AccessKeyId }) => noSuchKey(AccessKeyId),
})

export const GetAccessKeyLastUsed = operation('GetAccessKeyLastUsed', key, (_, { found: { key, owner } }) => ({
  UserName: owner.name,
  AccessKeyLastUsed: key.lastUsed
    ? { LastUsedDate: new Date(key.lastUsed.at), ServiceName: key.lastUsed.service, Region: key.lastUsed.region }
    : { LastUsedDate: undefined, ServiceName: 'N/A', Region: 'N/A' },
}))

export const operations: Operation[] = [
  ...[CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed],
]
