/** Identifiers as AWS forms them: unique ids and access key ids. AWS: IAM User Guide, "IAM identifiers". */
import type { World } from '../world.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** RFC 4648 section 6, without padding. */
function base32(bytes: Uint8Array): string {
  let text = ''
  let [buffer, bits] = [0, 0]
  for (const byte of bytes) {
    buffer = (buffer << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(buffer >> bits) & 31]
    }
    buffer &= (1 << bits) - 1
  }
  return bits > 0 ? text + alphabet[(buffer << (5 - bits)) & 31] : text
}

/** What the prefix says: AROA a role, AIDA a user, AGPA a group, ANPA a managed policy, AIPA an instance profile, APKA a public key, ASCA a certificate. 21 characters. */
export const uniqueId = (world: Pick<World, 'random'>, prefix: Prefix): string =>
  prefix + base32(world.random(11)).slice(0, 17)

type Prefix = 'AROA' | 'AIDA' | 'AGPA' | 'ANPA' | 'AIPA' | 'APKA' | 'ASCA'

/** Of a user's signing certificate, whose ids have 24 characters at least and no prefix. */
export const certificateId = (world: Pick<World, 'random'>): string => base32(world.random(20))

/**
 * An access key id, temporary (ASIA) or not (AKIA), with the account in its first 48 bits: a one, forty bits of account, seven of chance.
 * AWS does not document the form; GetAccessKeyInfo and everybody's tools read the account out of it.
 */
function keyId(world: Pick<World, 'random' | 'settings'>, prefix: 'ASIA' | 'AKIA'): string {
  const head = (1n << 47n) | (BigInt(world.settings.account) << 7n) | BigInt(world.random(1)[0]! & 127)
  const bytes = Buffer.alloc(10)
  bytes.writeUIntBE(Number(head), 0, 6)
  world.random(4).copy(bytes, 6)
  return `${prefix}${base32(bytes)}`
}

export const temporaryKeyId = (world: Pick<World, 'random' | 'settings'>): string => keyId(world, 'ASIA')

export const longTermKeyId = (world: Pick<World, 'random' | 'settings'>): string => keyId(world, 'AKIA')

/** The account in an access key id of AWS's form, or undefined. */
export function accountOfKey(accessKeyId: string): string | undefined {
  const [, coded] = /^(?:AKIA|ASIA)([A-Z2-7]{16})$/.exec(accessKeyId) ?? []
  if (coded === undefined) return undefined
  let head = 0n
  for (const letter of coded.slice(0, 10)) head = (head << 5n) | BigInt(alphabet.indexOf(letter))
  // Ten letters are fifty bits, two more than were asked for.
  return ((head >> 9n) & 0xff_ffff_ffffn).toString().padStart(12, '0')
}
