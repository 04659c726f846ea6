/** An IAM user as the rules see it, and its ARN. Not a user of a user pool. */
import type { Settings } from '../../world.ts'
import type { Tag } from '../tags.ts'

export type User = {
  readonly id: string
  readonly name: string
  /** `/` or `/team/app/`. */
  readonly path: string
  readonly tags: readonly Tag[]
  readonly createdAt: number
}

export const userArn = ({ account }: Pick<Settings, 'account'>, user: Pick<User, 'name' | 'path'>): string =>
  `arn:aws:iam::${account}:user${user.path}${user.name}`

/** Account, path and name of a user's ARN, or undefined. */
export function readUserArn(arn: string): { account: string; path: string; name: string } | undefined {
  const [, account, path, name] = /^arn:aws:iam::(\d{12}):user(\/(?:[!-~]+\/)?)([\w+=,.@-]{1,64})$/.exec(arn) ?? []
  return account && path && name ? { account, path, name } : undefined
}
