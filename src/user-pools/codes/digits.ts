/** Decimal codes: each as likely as any other, drawn from random bytes without bias. */

/** `count` random digits. A byte of 250 or more is drawn again: 250 is the last multiple of ten. */
export function randomDigits(random: (bytes: number) => Uint8Array, count: number): string {
  let digits = ''
  while (digits.length < count) {
    for (const byte of random(count - digits.length)) if (byte < 250) digits += byte % 10
  }
  return digits
}
