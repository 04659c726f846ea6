/** The account's root user: its ARN, and what IAM shows of it. */
import type { World } from '../../world.ts'

export const rootArn = ({ account }: Pick<World['settings'], 'account'>): string => `arn:aws:iam::${account}:root`

/** unproved: that AWS shows neither a name nor a path of it. When the account was made is not known here. */
export const describeRoot = ({ settings }: Pick<World, 'settings'>) => ({
  Path: undefined,
  UserName: undefined,
  UserId: settings.account,
  Arn: rootArn(settings),
  CreateDate: undefined,
})
