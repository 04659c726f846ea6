/** Addresses as answers show them: enough to recognise one's own, too little to learn another's. */

const first = (text: string): string => String.fromCodePoint(text.codePointAt(0) ?? 0x2a)

/** `f***@e***`: the first letter of either side. */
export function maskEmail(address: string): string {
  const at = address.lastIndexOf('@')
  return `${first(address.slice(0, Math.max(0, at)))}***@${first(address.slice(at + 1))}***`
}

/** `+*******1234`: the last four digits. */
export function maskPhone(number: string): string {
  const digits = number.replace(/^\+/, '')
  return `+${'*'.repeat(Math.max(0, digits.length - 4))}${digits.slice(-4)}`
}
