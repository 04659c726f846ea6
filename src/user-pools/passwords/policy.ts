/** The password policy of a pool: which passwords it refuses, and in which order. */
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'

/** AWS: Developer Guide, "Adding user pool password requirements"; the space counts only inside. */
const symbol = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+\- ]/

/** In AWS's order, as observed: length, then the classes of characters. */
const rules: readonly { readonly broken: (policy: Policy, password: string) => boolean; readonly sentence: string }[] =
  [
    {
      broken: (policy, password) => password.length < policy.MinimumLength,
      sentence: 'Password not long enough',
    },
    {
      broken: (policy, password) => policy.RequireLowercase && !/[a-z]/.test(password),
      sentence: 'Password must have lowercase characters',
    },
    {
      broken: (policy, password) => policy.RequireUppercase && !/[A-Z]/.test(password),
      sentence: 'Password must have uppercase characters',
    },
    {
      broken: (policy, password) => policy.RequireNumbers && !/[0-9]/.test(password),
      sentence: 'Password must have numeric characters',
    },
    {
      broken: (policy, password) => policy.RequireSymbols && !symbol.test(password.trim()),
      sentence: 'Password must have symbol characters',
    },
  ]

type Policy = Pool['settings']['Policies']['PasswordPolicy']

export const policyOf = (pool: Pool): Policy => pool.settings.Policies.PasswordPolicy

/** Refuses a password that the pool's policy does not allow, naming the first broken rule. */
export function checkPassword(pool: Pool, password: string): void {
  const policy = policyOf(pool)
  const broken = rules.find((rule) => rule.broken(policy, password))
  if (broken) fail('InvalidPasswordException', `Password did not conform with policy: ${broken.sentence}`)
}
