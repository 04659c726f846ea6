/** What passwords of IAM's users must be like. AWS: IAM User Guide, "Set an account password policy for IAM users". */
import { fail } from '../../wire/errors.ts'

/** As AWS spells it. */
export type PasswordPolicy = {
  readonly MinimumPasswordLength: number
  readonly RequireSymbols: boolean
  readonly RequireNumbers: boolean
  readonly RequireUppercaseCharacters: boolean
  readonly RequireLowercaseCharacters: boolean
  readonly AllowUsersToChangePassword: boolean
  readonly MaxPasswordAge?: number
  readonly PasswordReusePrevention?: number
  readonly HardExpiry?: boolean
}

/** What a policy says of which it is not told. AWS: UpdateAccountPasswordPolicy. */
export const unsaid: PasswordPolicy = {
  MinimumPasswordLength: 6,
  RequireSymbols: false,
  RequireNumbers: false,
  RequireUppercaseCharacters: false,
  RequireLowercaseCharacters: false,
  AllowUsersToChangePassword: false,
}

const kinds = [
  { name: 'uppercase letter', of: /[A-Z]/, asked: 'RequireUppercaseCharacters' },
  { name: 'lowercase letter', of: /[a-z]/, asked: 'RequireLowercaseCharacters' },
  { name: 'number', of: /[0-9]/, asked: 'RequireNumbers' },
  { name: 'symbol', of: /[!@#$%^&*()_+\-=[\]{}|']/, asked: 'RequireSymbols' },
] as const

/** Without a policy of its own an account asks for eight characters of three kinds. */
const usual = { length: 8, kinds: 3 }

/** Refuses a password that the policy does not let pass. unproved: AWS's sentence for the user's own name as the password. */
export function checkPassword(policy: PasswordPolicy | undefined, password: string, userName: string): void {
  const refuse = (sentence: string) => fail('PasswordPolicyViolationException', sentence)
  const least = policy?.MinimumPasswordLength ?? usual.length
  if (password.length < least) refuse(`Password should have a minimum length of ${least}`)
  if (password.toLowerCase() === userName.toLowerCase()) refuse('Password should not be the user name')
  const lacking = kinds.filter(({ of }) => !of.test(password))
  const sentences = lacking.map(({ name }) => `Password should have at least one ${name}`)
  const more = usual.kinds - (kinds.length - lacking.length)
  if (!policy && more > 0)
    refuse(`Password should meet ${more} more of the following requirements: ${sentences.join(', ')}`)
  const asked = lacking.findIndex((kind) => policy?.[kind.asked])
  if (asked >= 0) refuse(sentences[asked]!)
}
