/** Sealing: AES-256-GCM (NIST SP 800-38D) and HMAC-SHA-256 under keys derived from one master key with HKDF (RFC 5869). */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'

/** `purpose` separates uses: what was sealed for one cannot be opened for another. `bound` ties a value to its row. */
export type Seal = {
  /** base64url of nonce, ciphertext and tag. */
  seal(purpose: string, plain: string | Uint8Array, bound?: string): string
  /** The plain bytes, or undefined if the text was tampered with or sealed for something else. */
  open(purpose: string, sealed: string, bound?: string): Buffer | undefined
  /** A keyed hash: for what is random already (tokens) or must be repeatable (simulated answers). 32 bytes. */
  mac(purpose: string, data: string | Uint8Array): Buffer
}

const nonceBytes = 12
const tagBytes = 16

/** A Seal under a 32-byte master key. */
export function createSeal(masterKey: Uint8Array): Seal {
  if (masterKey.length !== 32) throw new TypeError('The master key must be 32 bytes.')
  // Key objects: given bytes, node takes five times as long to find out that they are a key.
  const keys = new Map<string, KeyObject>()
  const keyFor = (purpose: string) => {
    let key = keys.get(purpose)
    if (!key) {
      key = createSecretKey(new Uint8Array(hkdfSync('sha256', masterKey, '', purpose, 32)))
      keys.set(purpose, key)
    }
    return key
  }
  return {
    seal(purpose, plain, bound = '') {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', keyFor(`seal:${purpose}`), nonce)
      cipher.setAAD(Buffer.from(bound))
      return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64url')
    },
    open(purpose, sealed, bound = '') {
      const bytes = Buffer.from(sealed, 'base64url')
      if (bytes.length < nonceBytes + tagBytes) return undefined
      const decipher = createDecipheriv('aes-256-gcm', keyFor(`seal:${purpose}`), bytes.subarray(0, nonceBytes))
      decipher.setAAD(Buffer.from(bound))
      decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, bytes.length - tagBytes)), decipher.final()])
      } catch {
        return undefined
      }
    },
    mac: (purpose, data) =>
      createHmac('sha256', keyFor(`mac:${purpose}`))
        .update(data)
        .digest(),
  }
}
