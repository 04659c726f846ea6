/**
 * Encryption at rest: what lies on the disk and in rows cannot be read without the master key. Files have AES-256 in
 * counter mode, so that a range is read without what is before it; bytes in rows are sealed. Each file has a key of its
 * own, derived from the master key and the file's random name, and is never written twice: so the counter begins at 0.
 */
import { type Cipheriv, createCipheriv } from 'node:crypto'
import type { Seal } from '../../protocols/seal.ts'
import { fail } from '../../wire/errors.ts'
import { invalidArgument } from './refusals.ts'

const blockSize = 16

/** What encrypts and, being counter mode, decrypts a file from a position on. */
export function cipherFrom(seal: Pick<Seal, 'mac'>, file: string, position: number): Cipheriv {
  const counter = Buffer.alloc(blockSize)
  counter.writeBigUInt64BE(BigInt(Math.floor(position / blockSize)), 8)
  const cipher = createCipheriv('aes-256-ctr', seal.mac('s3-file', file), counter)
  cipher.update(Buffer.alloc(position % blockSize))
  return cipher
}

const purpose = 's3-object'
/** Bytes that were moved to another key in the database are no longer opened. */
const boundTo = (bucket: string, name: string) => `${bucket}/${name}`

/** Bytes as a row keeps them. */
export const sealContent = (seal: Pick<Seal, 'seal'>, bucket: string, name: string, content: Buffer): Buffer =>
  Buffer.from(seal.seal(purpose, content, boundTo(bucket, name)), 'base64url')

/** The bytes of a row; throws if they were tampered with. */
export function openContent(seal: Pick<Seal, 'open'>, bucket: string, name: string, sealed: Buffer): Buffer {
  const opened = seal.open(purpose, sealed.toString('base64url'), boundTo(bucket, name))
  if (!opened) throw new Error('The bytes of an object cannot be opened: another master key, or somebody changed them.')
  return opened
}

export const encryptionHeader = 'x-amz-server-side-encryption'

/** What an answer about an object says of it. */
export const encryptionHeaders = ({ encrypted }: { readonly encrypted?: boolean }): Record<string, string> =>
  encrypted ? { [encryptionHeader]: 'AES256' } : {}

type Headers = Readonly<Record<string, string | undefined>>

const ofKms = ['aws-kms-key-id', 'context', 'bucket-key-enabled'].map((name) => `${encryptionHeader}-${name}`)
const ofCustomer = ['algorithm', 'key', 'key-md5'].map((name) => `${encryptionHeader}-customer-${name}`)

/** Refuses keys that are not ours to have: AWS KMS's, and the customer's own. */
export function checkEncryption(headers: Headers): void {
  const asked = headers[encryptionHeader]
  if (asked !== undefined && asked !== 'AES256') refuseAlgorithm(asked)
  for (const name of ofKms) {
    const value = headers[name]
    if (value === undefined || (name.endsWith('bucket-key-enabled') && value.toLowerCase() === 'false')) continue
    fail('NotImplemented', 'Keys of AWS KMS are not implemented: objects have AES256.', {
      status: 501,
      extra: { Header: name },
    })
  }
  // AWS: User Guide, "Blocking or unblocking SSE-C": blocked in new buckets from April 2026 on, and then refused so.
  if (ofCustomer.some((name) => headers[name] !== undefined)) {
    // unproved: the sentence.
    fail('AccessDenied', 'Access Denied', { status: 403, detail: 'SSE-C is blocked in every bucket' })
  }
}

/** Refuses a reader who brings a key for an object that has none of his. */
export function checkReaderKeys(headers: Headers): void {
  if (ofCustomer.every((name) => headers[name] === undefined)) return
  fail('InvalidRequest', 'The encryption parameters are not applicable to this object.', { status: 400 })
}

/** There is no AWS KMS here, and claiming its protection would be untrue. */
export function refuseAlgorithm(asked: string): never {
  if (asked === 'aws:kms' || asked === 'aws:kms:dsse' || asked === 'aws:fsx') {
    fail('NotImplemented', `Server side encryption with ${asked} is not implemented: objects have AES256.`, {
      status: 501,
      extra: { Header: encryptionHeader },
    })
  }
  return invalidArgument('The encryption method specified is not supported', encryptionHeader, asked)
}
