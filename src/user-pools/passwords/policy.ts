/** The password policy of a pool: which passwords it refuses, and in which order. */
import { fail } from '../../wire/errors.ts'
import type { Pool } from '../pools/pool.ts'

type Policy = Pool['settings']['Policies']['PasswordPolicy']

/** A rule that a policy may have: its pattern, where the policy has it, and what is said where a password breaks it. */
type Rule = {
  readonly name: 'length' | 'lower' | 'upper' | 'number' | 'symbol'
  readonly pattern: (policy: Policy) => RegExp | false
  readonly sentence: string
}

/** AWS: Developer Guide, "Adding user pool password requirements"; the space counts only inside. */
const symbol = /[\^$*.[\]{}()?"!@#%&/\\,><':;|_~`=+-]|\S\s* \s*\S/

/** In AWS's order, as observed: length, then the classes of characters. */
const rules: readonly Rule[] = [
  {
    name: 'length',
    pattern: ({ MinimumLength }) => new RegExp(`^[^]{${MinimumLength},}$`),
    sentence: 'Password not long enough',
  },
  {
    name: 'lower',
    pattern: (policy) => policy.RequireLowercase && /[a-z]/,
    sentence: 'Password must have lowercase characters',
  },
  {
    name: 'upper',
    pattern: (policy) => policy.RequireUppercase && /[A-Z]/,
    sentence: 'Password must have uppercase characters',
  },
  {
    name: 'number',
    pattern: (policy) => policy.RequireNumbers && /[0-9]/,
    sentence: 'Password must have numeric characters',
  },
  {
    name: 'symbol',
    pattern: (policy) => policy.RequireSymbols && symbol,
    sentence: 'Password must have symbol characters',
  },
]

export const policyOf = (pool: Pool): Policy => pool.settings.Policies.PasswordPolicy

/** What the pool asks of a password, in its order: each rule by its name, with the pattern that a password must match. */
export const requirementsOf = (pool: Pool): (Pick<Rule, 'name' | 'sentence'> & { readonly pattern: RegExp })[] =>
  rules.flatMap(({ name, pattern, sentence }) => {
    const wanted = pattern(policyOf(pool))
    return wanted ? [{ name, pattern: wanted, sentence }] : []
  })

/** Refuses a password that the pool's policy does not allow, naming the first broken rule. */
export function checkPassword(pool: Pool, password: string): void {
  const broken = requirementsOf(pool).find(({ pattern }) => !pattern.test(password))
  if (broken) fail('InvalidPasswordException', `Password did not conform with policy: ${broken.sentence}`)
}
