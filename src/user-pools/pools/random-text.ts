/** Identifiers and secrets made of random letters. */
import type { World } from '../../world.ts'

export const lowerAlphanumeric = 'abcdefghijklmnopqrstuvwxyz0123456789'
export const alphanumeric = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${lowerAlphanumeric}`

/** Each letter as likely as the next: bytes beyond the last whole alphabet are thrown away. */
export function randomText(world: Pick<World, 'random'>, alphabet: string, length: number): string {
  const usable = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of world.random(length)) {
      if (byte < usable && text.length < length) text += alphabet[byte % alphabet.length]
    }
  }
  return text
}
