/**
 * The file of breached passwords: after sixteen letters that name the format, the first eight bytes of each SHA-1 hash,
 * ascending, without repetition or anything between. Hashes are evenly spread, so the place of one can be guessed: a
 * handful of small reads find it among a thousand million. See docs/breached-passwords.md.
 */
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'

export const magic = Buffer.from('poolhouse-sha1-8')
export const recordBytes = 8

export const breachedFile = (dataFolder: string): string => join(dataFolder, 'breached-passwords.bin')

/** Records of one read. */
const window = 512

/** Whether the file holds the hash. `count` is the number of its records. */
export async function fileHolds(file: Pick<FileHandle, 'read'>, count: number, sha1: Buffer): Promise<boolean> {
  const wanted = sha1.readBigUInt64BE(0)
  let [low, high] = [0, count]
  let [least, most] = [0n, 2n ** 64n]
  const buffer = Buffer.alloc(window * recordBytes)
  for (let turn = 0; low < high; turn++) {
    // Every other guess halves, so that no arrangement of hashes makes the search long.
    const guess = turn % 2 === 0 ? interpolate(low, high, least, most, wanted) : Math.floor((low + high) / 2)
    const from = Math.max(low, Math.min(guess - window / 2, high - window))
    const length = Math.min(window, high - from)
    await readFully(file, buffer, length * recordBytes, magic.length + from * recordBytes)
    const at = (index: number) => buffer.readBigUInt64BE(index * recordBytes)
    const [first, last] = [at(0), at(length - 1)]
    if (wanted < first) [high, most] = [from, first]
    else if (wanted > last) [low, least] = [from + length, last]
    else return bisect(at, length, wanted)
  }
  return false
}

/** Where the value would be if those between were evenly spread. */
function interpolate(low: number, high: number, least: bigint, most: bigint, wanted: bigint): number {
  const span = most - least
  if (span <= 0n) return low
  return low + Number((BigInt(high - low) * (wanted - least)) / span)
}

function bisect(at: (index: number) => bigint, length: number, wanted: bigint): boolean {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >> 1
    const value = at(middle)
    if (value === wanted) return true
    if (value < wanted) low = middle + 1
    else high = middle
  }
  return false
}

async function readFully(file: Pick<FileHandle, 'read'>, buffer: Buffer, length: number, position: number) {
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(buffer, done, length - done, position + done)
    if (bytesRead === 0) throw new Error('The file of breached passwords ends too early.')
    done += bytesRead
  }
}

/** How many records a file of that head and size has. Refuses other formats. */
export function recordsIn(head: Buffer, size: number): number {
  const body = size - magic.length
  if (!head.equals(magic) || body < 0 || body % recordBytes !== 0) {
    throw new Error('This is no file of breached passwords.')
  }
  return body / recordBytes
}

/**
 * Writes the file from the public text format: a line for each SHA-1 in hex, with or without `:count`, ordered by hash.
 * In place of the former file at once, when it is whole. Answers how many it holds.
 */
export async function convertHashes(text: Readable, target: string): Promise<number> {
  const fresh = `${target}.new`
  const file = await open(fresh, 'w', 0o600)
  try {
    const count = await writeRecords(text, file)
    await file.sync()
    await file.close()
    await rename(fresh, target)
    return count
  } catch (error) {
    await file.close().catch(() => {})
    await unlink(fresh).catch(() => {})
    throw error
  }
}

const chunk = 1024 * 1024

async function writeRecords(text: Readable, file: FileHandle): Promise<number> {
  await file.write(magic)
  const buffer = Buffer.alloc(chunk)
  let [filled, count, lineNumber] = [0, 0, 0]
  let before = -1n
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY })) {
    lineNumber++
    if (line === '') continue
    const hex = /^([0-9a-f]{16})[0-9a-f]{24}(?::\d+)?$/i.exec(line)?.[1]
    if (hex === undefined) throw new Error(`Line ${lineNumber} is no SHA-1 hash with a count.`)
    const value = BigInt(`0x${hex}`)
    if (value < before) throw new Error(`Line ${lineNumber} is out of order: the list must be ordered by hash.`)
    if (value === before) continue
    before = value
    buffer.writeBigUInt64BE(value, filled)
    filled += recordBytes
    count++
    if (filled === chunk) {
      await file.write(buffer)
      filled = 0
    }
  }
  if (count === 0) throw new Error('The list is empty.')
  await file.write(buffer.subarray(0, filled))
  return count
}
