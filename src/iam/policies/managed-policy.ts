/** A managed policy as the rules see it, and its names. */
import type { Tag } from '../tags.ts'

export type ManagedPolicy = {
  /** Twelve digits, or `aws` for AWS's own. */
  readonly account: string
  readonly id: string
  readonly name: string
  readonly path: string
  readonly description: string | undefined
  readonly tags: readonly Tag[]
  readonly defaultVersion: number
  /** Of all there ever were: numbers are never used again. */
  readonly newestVersion: number
  readonly createdAt: number
  readonly updatedAt: number
  /** How many roles, users and groups it is attached to. */
  readonly attachments: number
  /** How many roles and users it bounds. */
  readonly boundaries: number
}

export type PolicyVersion = { readonly version: number; readonly document: string; readonly createdAt: number }

export const policyArn = ({ account, path, name }: Pick<ManagedPolicy, 'account' | 'name' | 'path'>): string =>
  `arn:aws:iam::${account}:policy${path}${name}`

/** By which lists are sorted: the folded name, and whose it is, as one of ours may be called like one of AWS's. */
export const orderOf = ({ name, account }: Pick<ManagedPolicy, 'account' | 'name'>): string =>
  `${name.toLowerCase()}\n${account}`

/** Account (or `aws`), path and name of a policy's ARN, or undefined. */
export function readPolicyArn(arn: string): { account: string; path: string; name: string } | undefined {
  const [, account, path, name] =
    /^arn:aws:iam::(\d{12}|aws):policy(\/(?:[!-~]+\/)?)([\w+=,.@-]{1,128})$/.exec(arn) ?? []
  return account && path && name ? { account, path, name } : undefined
}

/** `v3` as a number, or undefined. */
export const readVersion = (id: string): number | undefined => {
  const [, digits] = /^v([1-9]\d{0,8})$/.exec(id) ?? []
  return digits === undefined ? undefined : Number(digits)
}
