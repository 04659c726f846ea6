/** RSA public keys as SSH writes them: `ssh-rsa AAAA…`. RFC 4253 6.6, RFC 4251 5, RFC 4716 for fingerprints. */
import { createPublicKey, hash, type KeyObject } from 'node:crypto'

const kind = Buffer.from('ssh-rsa')

/** The key in a line, whatever follows it as comment; undefined if there is none. */
export function readSshRsa(line: string): KeyObject | undefined {
  const [name, text = ''] = line.trim().split(/\s+/)
  const blob = Buffer.from(text, 'base64')
  if (name !== 'ssh-rsa' || blob.toString('base64') !== text) return undefined
  const [type, e, n, ...more] = readStrings(blob) ?? []
  if (!type?.equals(kind) || !e || !n || more.length > 0) return undefined
  try {
    return createPublicKey({ key: { kty: 'RSA', e: unsigned(e), n: unsigned(n) }, format: 'jwk' })
  } catch {
    return undefined
  }
}

/** A number without the zero that keeps it positive. */
const unsigned = (number: Buffer) => (number[0] === 0 ? number.subarray(1) : number).toString('base64url')

/** The strings that make up all of the bytes, or undefined. */
function readStrings(blob: Buffer): Buffer[] | undefined {
  const strings: Buffer[] = []
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined
    const end = at + 4 + blob.readUInt32BE(at)
    if (end > blob.length) return undefined
    strings.push(blob.subarray(at + 4, end))
    at = end
  }
  return strings
}

function string(content: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(content.length)
  return Buffer.concat([length, content])
}

function number(text = ''): Buffer {
  const bytes = Buffer.from(text, 'base64url')
  return string((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes)
}

function blobOf(key: KeyObject): Buffer {
  const { e, n } = key.export({ format: 'jwk' })
  return Buffer.concat([string(kind), number(e), number(n)])
}

/** Of an RSA key. */
export const printSshRsa = (key: KeyObject): string => `ssh-rsa ${blobOf(key).toString('base64')}`

/** `0a:1b:…`, an MD5: a name for people to compare, no proof of anything. */
export const sshFingerprint = (key: KeyObject): string => hash('md5', blobOf(key), 'hex').replace(/(..)(?=.)/g, '$1:')
