/** What looks like an e-mail address or a phone number, for attributes and for usernames alike. */

/** E.164: a plus sign and at most fifteen digits, the first of them no zero. */
export const isPhoneNumber = (value: string): boolean => /^\+[1-9]\d{1,14}$/.test(value)

/**
 * One @, something before it, a domain of labels after it, no spaces or control characters, and the lengths of RFC 5321
 * 4.5.3.1. Letters beyond ASCII are allowed before the @ (RFC 6531) and in the domain.
 */
export function isEmail(value: string): boolean {
  const at = value.lastIndexOf('@')
  const [local, domain] = [value.slice(0, at), value.slice(at + 1)]
  if (at < 1 || local.length > 64 || value.length > 254) return false
  // Quotes, commas, brackets and their like would change who a message goes to, once in a header.
  if (/[\s\p{C}\p{Z}"(),:;<>@[\\\]]/u.test(local) || /^\.|\.\.|\.$/.test(local)) return false
  return /^[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?(\.[\p{L}\p{M}\p{N}]([\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?)*$/u.test(
    domain,
  )
}
