/** The root user's access keys: those of the settings, which calls show and never change. */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { noSuchKey } from './keys.ts'

/** An access key as lists show it. */
export type ShownKey = {
  readonly AccessKeyId: string
  readonly Status: 'Active' | 'Inactive'
  readonly UserName?: string
  readonly CreateDate?: Date
}

/** When they were made is not known here. */
export const rootKeys = ({ rootKeys: keys }: Pick<World, 'rootKeys'>): ShownKey[] =>
  [...keys.keys()].map((AccessKeyId) => ({ AccessKeyId, Status: 'Active' }))

/** unproved: the code; AWS's model of DeleteAccessKey has none for what it will not delete. */
export function refuseRootKey({ rootKeys: keys }: Pick<World, 'rootKeys'>, id: string): never {
  if (!keys.has(id)) noSuchKey(id)
  return fail(
    'AccessDenied',
    'The root access keys of this server are set where it is started: POOLHOUSE_ACCESS_KEYS, or access-keys.json of its data folder.',
    { status: 403 },
  )
}
