/** What a device hands over to be known by: a salt and an SRP verifier, each base64 of a number's bytes. */
import { readElement } from '../../protocols/srp.ts'
import { fail } from '../../wire/errors.ts'
import type { DeviceVerifier } from './device.ts'

/** The clients' salts have 16 bytes. */
const longestSalt = 64

const hexOf = (base64: string | undefined): string =>
  /^[A-Za-z0-9+/]+={0,2}$/.test(base64 ?? '') ? Buffer.from(base64 ?? '', 'base64').toString('hex') : ''

/**
 * Refuses what no client of SRP could have made: an empty or overlong salt, a verifier that is no element of the group.
 * unproved: the sentence.
 */
export function readVerifier(given: { Salt?: string; PasswordVerifier?: string }): DeviceVerifier {
  const saltHex = hexOf(given.Salt)
  // A verifier whose top bit is set has a zero byte in front.
  const verifierHex = hexOf(given.PasswordVerifier).replace(/^00/, '')
  if (saltHex === '' || saltHex.length > 2 * longestSalt || readElement(verifierHex) === undefined) {
    fail('InvalidParameterException', 'Invalid device secret verifier config.')
  }
  return { saltHex, verifierHex }
}
