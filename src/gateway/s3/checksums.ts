/** The checksums of S3: which there are, how they are asked for, computed and compared. AWS: S3 User Guide, "Checking object integrity". */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { AwsError, fail } from '../../wire/errors.ts'
import { combine, crc32c, crc64nvme, polynomials, type Running } from './crc.ts'

export type Algorithm = 'CRC32' | 'CRC32C' | 'CRC64NVME' | 'SHA1' | 'SHA256'

/** Checksums by algorithm (`CRC32`), base64; a composite one ends in `-N`. */
export type Checksums = Readonly<Record<string, string>>

type Row = {
  /** The header and, in lower case, the trailer. */
  readonly header: string
  /** The element in XML. */
  readonly element: string
  readonly length: number
  readonly start: () => Running
}

const hashed = (name: string) => (): Running => {
  const hash = createHash(name)
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() }
}

function runningCrc32(): Running {
  let sum = 0
  return {
    update(bytes) {
      sum = crc32(bytes, sum)
    },
    digest() {
      const bytes = Buffer.allocUnsafe(4)
      bytes.writeUInt32BE(sum)
      return bytes
    },
  }
}

const row = (name: string, length: number, start: () => Running): Row => ({
  header: `x-amz-checksum-${name.toLowerCase()}`,
  element: `Checksum${name}`,
  length,
  start,
})

export const algorithms: Readonly<Record<Algorithm, Row>> = {
  CRC32: row('CRC32', 4, runningCrc32),
  CRC32C: row('CRC32C', 4, crc32c),
  CRC64NVME: row('CRC64NVME', 8, crc64nvme),
  SHA1: row('SHA1', 20, hashed('sha1')),
  SHA256: row('SHA256', 32, hashed('sha256')),
}

export const algorithmNames = Object.keys(algorithms) as Algorithm[]

export const isAlgorithm = (name: string): name is Algorithm => Object.hasOwn(algorithms, name)

/** What a request says of its body's checksums. */
export type Claim = {
  readonly algorithm: Algorithm
  /** The value of the header; undefined if it comes in the trailer or is not given. */
  readonly value: string | undefined
  readonly inTrailer: boolean
}

/** The checksum a request brings in a header or announces for its trailer; more than one is refused. */
export function readClaim(headers: Readonly<Record<string, string | undefined>>): Claim | undefined {
  const trailers = (headers['x-amz-trailer'] ?? '').split(',').map((name) => name.trim().toLowerCase())
  const claims = algorithmNames.flatMap((algorithm): Claim[] => {
    const { header, length } = algorithms[algorithm]
    const value = headers[header]
    if (value !== undefined) {
      if (Buffer.from(value, 'base64').length !== length || Buffer.from(value, 'base64').toString('base64') !== value) {
        fail('InvalidRequest', `Value for ${header} header is invalid.`, { status: 400 })
      }
      return [{ algorithm, value, inTrailer: false }]
    }
    return trailers.includes(header) ? [{ algorithm, value: undefined, inTrailer: true }] : []
  })
  if (claims.length > 1) {
    fail('InvalidRequest', 'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.', {
      status: 400,
    })
  }
  return claims[0]
}

/** `Content-MD5` as bytes; refuses what is no base64 of sixteen bytes. */
export function readContentMd5(header: string | undefined): Buffer | undefined {
  if (header === undefined) return undefined
  const bytes = Buffer.from(header, 'base64')
  if (bytes.length !== 16 || bytes.toString('base64') !== header.trim()) {
    fail('InvalidDigest', 'The Content-MD5 you specified is not valid.', { status: 400 })
  }
  return bytes
}

export const badDigest = (algorithm: Algorithm): never =>
  fail('BadDigest', `The ${algorithm} you specified did not match the calculated checksum.`, { status: 400 })

/** Refuses a body whose MD5 is not the one that came with it. */
export function checkMd5(expected: Buffer | undefined, computed: Buffer): void {
  if (!expected || expected.equals(computed)) return
  throw new AwsError('BadDigest', 'The Content-MD5 you specified did not match what we received.', {
    status: 400,
    extra: { ExpectedDigest: expected.toString('base64'), CalculatedDigest: computed.toString('base64') },
  })
}

/** One part's share in the checksum of the whole. */
export type PartSum = { readonly sum: string; readonly size: number }

/** The checksum of checksums, as S3 writes it: base64, a dash, the number of parts. */
export function compositeChecksum(algorithm: Algorithm, parts: readonly PartSum[]): string {
  const running = algorithms[algorithm].start()
  for (const { sum } of parts) running.update(Buffer.from(sum, 'base64'))
  return `${running.digest().toString('base64')}-${parts.length}`
}

/** The checksum that the joined parts have; only CRCs can be joined. */
export function fullChecksum(algorithm: keyof typeof polynomials, parts: readonly PartSum[]): string {
  const bytes = parts.map(({ sum, size }): { sum: Buffer; size: number } => ({ sum: Buffer.from(sum, 'base64'), size }))
  const whole = bytes.reduce((before, part) => ({
    sum: combine(before.sum, part.sum, part.size, polynomials[algorithm]),
    size: before.size + part.size,
  }))
  return whole.sum.toString('base64')
}

export const canBeFull = (algorithm: Algorithm): algorithm is keyof typeof polynomials =>
  Object.hasOwn(polynomials, algorithm)
