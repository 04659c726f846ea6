/** A group of IAM's users as the rules see it, and its ARN. */
import type { Settings } from '../../world.ts'

export type Group = { readonly id: string; readonly name: string; readonly path: string; readonly createdAt: number }

export const groupArn = ({ account }: Pick<Settings, 'account'>, group: Pick<Group, 'name' | 'path'>): string =>
  `arn:aws:iam::${account}:group${group.path}${group.name}`

/** Account, path and name of a group's ARN, or undefined. */
export function readGroupArn(arn: string): { account: string; path: string; name: string } | undefined {
  const [, account, path, name] = /^arn:aws:iam::(\d{12}):group(\/(?:[!-~]+\/)?)([\w+=,.@-]{1,128})$/.exec(arn) ?? []
  return account && path && name ? { account, path, name } : undefined
}
