/** An access key of a user of IAM as the rules see it. */
import { fail } from '../../wire/errors.ts'

export type AccessKey = {
  readonly id: string
  readonly userId: string
  readonly active: boolean
  readonly createdAt: number
  readonly lastUsed: { readonly at: number; readonly service: string; readonly region: string } | undefined
}

/** Whether a key or certificate of that status counts. The third of AWS's model is nobody's to set. unproved: the sentence. */
export function isActive(status: string): boolean {
  if (status === 'Expired') fail('InvalidInputException', 'A status is set to Active or Inactive.')
  return status === 'Active'
}
