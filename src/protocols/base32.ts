/** Base32 as RFC 4648 section 6 has it: bytes as letters and the digits 2 to 7. */

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** Without padding: authenticator apps take it so, and AWS's secret codes have none. */
export function toBase32(bytes: Uint8Array): string {
  let text = ''
  let held = 0
  let bits = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    for (bits += 8; bits >= 5; bits -= 5) text += alphabet[(held >>> (bits - 5)) & 31]
    held &= (1 << bits) - 1
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text
}

/** The bytes of a text, padded or not; undefined if it is no base32. */
export function fromBase32(text: string): Buffer | undefined {
  let end = text.length
  while (text[end - 1] === '=') end--
  const bare = text.slice(0, end)
  // One, three or six letters over eight make no whole byte.
  if ([1, 3, 6].includes(bare.length % 8)) return undefined
  const bytes: number[] = []
  let held = 0
  let bits = 0
  for (const letter of bare) {
    const value = alphabet.indexOf(letter)
    if (value < 0) return undefined
    held = (held << 5) | value
    bits += 5
    if (bits >= 8) {
      bits -= 8
      bytes.push((held >>> bits) & 255)
    }
    held &= (1 << bits) - 1
  }
  return held === 0 ? Buffer.from(bytes) : undefined
}
