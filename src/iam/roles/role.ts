/** A role as the rules see it, and its names. */
import type { Settings } from '../../world.ts'
import type { Tag } from '../tags.ts'

export type Role = {
  readonly id: string
  readonly name: string
  /** `/` or `/team/app/`. */
  readonly path: string
  readonly description: string | undefined
  /** The trust policy as it was written. */
  readonly trust: string
  /** The same with the unique ids of the roles it names instead of their ARNs: a re-created namesake is not trusted. */
  readonly boundTrust: string
  /** Seconds. */
  readonly longestSession: number
  readonly tags: readonly Tag[]
  readonly createdAt: number
}

export const roleArn = ({ account }: Pick<Settings, 'account'>, role: Pick<Role, 'name' | 'path'>): string =>
  `arn:aws:iam::${account}:role${role.path}${role.name}`

/** A session's ARN has no path. */
export const sessionArn = ({ account }: Pick<Settings, 'account'>, roleName: string, session: string): string =>
  `arn:aws:sts::${account}:assumed-role/${roleName}/${session}`

/** Account, path and name of a role's ARN, or undefined. */
export function readRoleArn(arn: string): { account: string; path: string; name: string } | undefined {
  const [, account, path, name] = /^arn:aws:iam::(\d{12}):role(\/(?:[!-~]+\/)?)([\w+=,.@-]{1,64})$/.exec(arn) ?? []
  return account && path && name ? { account, path, name } : undefined
}
