/**
 * Writing a message of the AWS Encryption SDK: AES-256-GCM with HKDF and key commitment, without signature, in one frame,
 * the data key wrapped by a raw AES key. AWS: Encryption SDK Developer Guide, "Message format reference" (version 2).
 */
import { createCipheriv, hkdfSync } from 'node:crypto'

/** The wrapping key as the raw AES keyring names it. */
export type WrappingKey = { readonly namespace: string; readonly name: string; readonly bytes: Uint8Array }

/** AES_256_GCM_HKDF_SHA512_COMMIT_KEY. */
const suite = 0x0478
const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const frameBytes = 4096

const uint = (bytes: 1 | 2 | 4 | 8, value: number): Buffer => {
  const out = Buffer.alloc(bytes)
  out.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6))
  return out
}
const field = (value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value as string)
  return Buffer.concat([uint(2, bytes.length), bytes])
}

function seal(key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): { sealed: Buffer; tag: Buffer } {
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(aad)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final()])
  return { sealed, tag: cipher.getAuthTag() }
}

/** Count and pairs, in the order of the keys' bytes; nothing at all for an empty context. */
function serialize(context: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(context).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  if (pairs.length === 0) return Buffer.alloc(0)
  return Buffer.concat([uint(2, pairs.length), ...pairs.flatMap(([name, value]) => [field(name), field(value)])])
}

/** The message for a text of at most one frame. `random` gives cryptographically random bytes. */
export function encryptMessage(
  plain: Uint8Array,
  wrapping: WrappingKey,
  context: Readonly<Record<string, string>>,
  random: (bytes: number) => Buffer,
): Buffer {
  if (plain.length > frameBytes) throw new RangeError(`At most ${frameBytes} bytes.`)
  const aad = serialize(context)
  const dataKey = random(keyBytes)
  const messageId = random(keyBytes)
  const derive = (info: Buffer) => Buffer.from(hkdfSync('sha512', dataKey, messageId, info, keyBytes))
  const key = derive(Buffer.concat([uint(2, suite), Buffer.from('DERIVEKEY')]))
  const header = Buffer.concat([
    uint(1, 2),
    uint(2, suite),
    messageId,
    field(aad),
    uint(2, 1),
    wrap(dataKey, wrapping, aad, random(nonceBytes)),
    uint(1, 2),
    uint(4, frameBytes),
    derive(Buffer.from('COMMITKEY')),
  ])
  const nonce = uint(4, 1)
  const sequence = Buffer.concat([Buffer.alloc(nonceBytes - nonce.length), nonce])
  const frame = seal(
    key,
    sequence,
    Buffer.concat([messageId, Buffer.from('AWSKMSEncryptionClient Final Frame'), uint(4, 1), uint(8, plain.length)]),
    plain,
  )
  return Buffer.concat([
    header,
    seal(key, Buffer.alloc(nonceBytes), header, Buffer.alloc(0)).tag,
    uint(4, 0xffffffff),
    uint(4, 1),
    sequence,
    uint(4, plain.length),
    frame.sealed,
    frame.tag,
  ])
}

/** The data key as a raw AES keyring writes it: name, tag bits, nonce length and nonce are its provider's information. */
function wrap(dataKey: Uint8Array, { namespace, name, bytes }: WrappingKey, aad: Uint8Array, nonce: Buffer): Buffer {
  const { sealed, tag } = seal(bytes, nonce, aad, dataKey)
  const information = Buffer.concat([Buffer.from(name), uint(4, tagBytes * 8), uint(4, nonceBytes), nonce])
  return Buffer.concat([field(namespace), field(information), field(Buffer.concat([sealed, tag]))])
}
