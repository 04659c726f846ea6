/** An instance profile as the rules see it, and its ARN. */
import type { Settings } from '../../world.ts'
import type { Tag } from '../tags.ts'

export type InstanceProfile = {
  readonly id: string
  readonly name: string
  readonly path: string
  /** A profile holds one role at most. */
  readonly roleId: string | undefined
  readonly tags: readonly Tag[]
  readonly createdAt: number
}

export const profileArn = (
  { account }: Pick<Settings, 'account'>,
  { name, path }: Pick<InstanceProfile, 'name' | 'path'>,
): string => `arn:aws:iam::${account}:instance-profile${path}${name}`
