/**
 * The cyclic redundancy checks that node:zlib lacks, CRC32C (RFC 3720 appendix B.4) and CRC64NVME (NVM Express NVM Command Set
 * 1.0, 5.2.1.3.4), and how checks of neighbouring pieces make the check of the whole.
 */

/** A running check: bytes in, the check's bytes out, big-endian. */
export type Running = { update(bytes: Uint8Array): void; digest(): Buffer }

/** Reversed polynomials. */
const castagnoli = 0x82f63b78
const nvmeHigh = 0x9a6c9329
const nvmeLow = 0xac4bc9b5

// Eight bytes a step: table k advances a byte past k others (Kounavis and Berry, "slicing-by-8").
const slices32 = buildTables32()
const slices64 = buildTables64()

function buildTables32(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ castagnoli : crc >>> 1
    return crc
  })
  const tables = [first]
  for (let k = 1; k < 8; k++) {
    const before = tables[k - 1]!
    tables.push(before.map((crc) => (crc >>> 8) ^ first[crc & 0xff]!))
  }
  return tables
}

/** High and low halves, one table after the other. */
function buildTables64(): { high: Uint32Array; low: Uint32Array } {
  const high = new Uint32Array(8 * 256)
  const low = new Uint32Array(8 * 256)
  for (let byte = 0; byte < 256; byte++) {
    let [h, l] = [0, byte]
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1
      l = ((l >>> 1) | (h << 31)) >>> 0
      h >>>= 1
      if (odd) [h, l] = [(h ^ nvmeHigh) >>> 0, (l ^ nvmeLow) >>> 0]
    }
    high[byte] = h
    low[byte] = l
  }
  for (let at = 256; at < 8 * 256; at++) {
    const h = high[at - 256]!
    const l = low[at - 256]!
    high[at] = (h >>> 8) ^ high[l & 0xff]!
    low[at] = ((l >>> 8) | (h << 24)) ^ low[l & 0xff]!
  }
  return { high, low }
}

export function crc32c(): Running {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = slices32
  let crc = 0xffffffff
  return {
    update(bytes) {
      let at = 0
      for (const end = bytes.length - 7; at < end; at += 8) {
        const first = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
        crc =
          t7![first & 0xff]! ^
          t6![(first >>> 8) & 0xff]! ^
          t5![(first >>> 16) & 0xff]! ^
          t4![first >>> 24]! ^
          t3![bytes[at + 4]!]! ^
          t2![bytes[at + 5]!]! ^
          t1![bytes[at + 6]!]! ^
          t0![bytes[at + 7]!]!
      }
      for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0![(crc ^ bytes[at]!) & 0xff]!
    },
    digest() {
      const sum = Buffer.allocUnsafe(4)
      sum.writeUInt32BE((crc ^ 0xffffffff) >>> 0)
      return sum
    },
  }
}

export function crc64nvme(): Running {
  const { high, low } = slices64
  let h = 0xffffffff
  let l = 0xffffffff
  return {
    update(bytes) {
      let at = 0
      for (const end = bytes.length - 7; at < end; at += 8) {
        const a = l ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
        const b = h ^ (bytes[at + 4]! | (bytes[at + 5]! << 8) | (bytes[at + 6]! << 16) | (bytes[at + 7]! << 24))
        const i7 = 1792 + (a & 0xff)
        const i6 = 1536 + ((a >>> 8) & 0xff)
        const i5 = 1280 + ((a >>> 16) & 0xff)
        const i4 = 1024 + (a >>> 24)
        const i3 = 768 + (b & 0xff)
        const i2 = 512 + ((b >>> 8) & 0xff)
        const i1 = 256 + ((b >>> 16) & 0xff)
        const i0 = b >>> 24
        h = high[i7]! ^ high[i6]! ^ high[i5]! ^ high[i4]! ^ high[i3]! ^ high[i2]! ^ high[i1]! ^ high[i0]!
        l = low[i7]! ^ low[i6]! ^ low[i5]! ^ low[i4]! ^ low[i3]! ^ low[i2]! ^ low[i1]! ^ low[i0]!
      }
      for (; at < bytes.length; at++) {
        const index = (l ^ bytes[at]!) & 0xff
        l = ((l >>> 8) | (h << 24)) ^ low[index]!
        h = (h >>> 8) ^ high[index]!
      }
    },
    digest() {
      const sum = Buffer.allocUnsafe(8)
      sum.writeUInt32BE(~h >>> 0, 0)
      sum.writeUInt32BE(~l >>> 0, 4)
      return sum
    },
  }
}

/** A check's polynomial, reversed, and its width in bits. */
export type Polynomial = { readonly width: 32 | 64; readonly reversed: bigint }

export const polynomials = {
  CRC32: { width: 32, reversed: 0xedb88320n },
  CRC32C: { width: 32, reversed: 0x82f63b78n },
  CRC64NVME: { width: 64, reversed: 0x9a6c9329ac4bc9b5n },
} as const satisfies Record<string, Polynomial>

/** The product of two polynomials over GF(2), reversed, modulo the third. */
function multiply(a: bigint, b: bigint, { width, reversed }: Polynomial): bigint {
  let product = 0n
  for (let bit = BigInt(width - 1); bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= b
    b = b & 1n ? (b >> 1n) ^ reversed : b >> 1n
  }
  return product
}

/** x to the power of eight times the number of bytes. */
function shift(bytes: number, polynomial: Polynomial): bigint {
  const one = 1n << BigInt(polynomial.width - 1)
  let power = one
  let square = one >> 8n
  for (let left = bytes; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square, polynomial)
    square = multiply(square, square, polynomial)
  }
  return power
}

/** The check of two pieces joined, of their checks and the length of the second (as zlib's crc32_combine does). */
export function combine(first: Buffer, second: Buffer, secondLength: number, polynomial: Polynomial): Buffer {
  const toNumber = (sum: Buffer) => BigInt(`0x${sum.toString('hex')}`)
  // Both ends are complemented, so the complements cancel out and only the shift remains.
  const whole = multiply(toNumber(first), shift(secondLength, polynomial), polynomial) ^ toNumber(second)
  return Buffer.from(whole.toString(16).padStart(polynomial.width / 4, '0'), 'hex')
}
