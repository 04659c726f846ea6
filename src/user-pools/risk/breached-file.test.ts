import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { convertHashes, fileHolds, magic, recordsIn } from './breached-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'poolhouse-breached-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const target = join(folder, 'list.bin')

const sha1 = (text: string) => createHash('sha1').update(text).digest()
const hex = (text: string) => sha1(text).toString('hex').toUpperCase()
const listOf = (passwords: readonly string[]) =>
  passwords
    .map(hex)
    .sort()
    .map((one, n) => `${one}:${n + 1}\r\n`)

/** The answers for many passwords, and the most reads that one of them took. */
async function ask(passwords: readonly string[]): Promise<{ held: boolean[]; mostReads: number }> {
  const file = await open(target)
  let [reads, mostReads] = [0, 0]
  const counting = {
    read: ((...given: Parameters<typeof file.read>) => {
      reads++
      return file.read(...given)
    }) as typeof file.read,
  }
  const count = recordsIn(readFileSync(target).subarray(0, magic.length), statSync(target).size)
  const held: boolean[] = []
  for (const one of passwords) {
    reads = 0
    held.push(await fileHolds(counting, count, sha1(one)))
    mostReads = Math.max(mostReads, reads)
  }
  await file.close()
  return { held, mostReads }
}

test('a converted list holds exactly its passwords, and a few reads tell', async () => {
  const known = Array.from({ length: 50_000 }, (_, n) => `known ${n}`)
  assert.equal(await convertHashes(Readable.from(listOf(known)), target), known.length)
  const asked = known.filter((_, n) => n % 97 === 0)
  const yes = await ask(asked)
  assert.ok(yes.held.every(Boolean))
  const no = await ask(asked.map((one) => `not ${one}`))
  assert.ok(no.held.every((held) => !held))
  assert.ok(Math.max(yes.mostReads, no.mostReads) <= 4, `${yes.mostReads} and ${no.mostReads} reads`)
})

test('lists of one and of hashes that are not evenly spread are searched too', async () => {
  await convertHashes(Readable.from(listOf(['only'])), target)
  assert.deepEqual((await ask(['only', 'other'])).held, [true, false])
  const wanted = hex('wanted')
  const crowded = Array.from({ length: 5_000 }, (_, n) => n.toString(16).padStart(16, '0').padEnd(40, '0'))
  await convertHashes(Readable.from([...crowded, wanted].map((line) => `${line}\n`)), target)
  assert.deepEqual((await ask(['wanted', 'other'])).held, [true, false])
})

test('a list out of order, of other hashes, or empty is refused, and the former list stays', async () => {
  await convertHashes(Readable.from(listOf(['former'])), target)
  const ordered = listOf(['a', 'b'])
  for (const [lines, refusal] of [
    [ordered.toReversed(), /Line 2 is out of order/],
    [['0123456789ABCDEF0123456789ABCDEF:7\n'], /Line 1 is no SHA-1/],
    [[], /empty/],
  ] as const) {
    await assert.rejects(convertHashes(Readable.from(lines), target), refusal)
  }
  assert.deepEqual((await ask(['former'])).held, [true])
})

test('a file of another format is refused', () => {
  assert.throws(() => recordsIn(Buffer.from('something else!!'), 32), /no file of breached passwords/)
  assert.throws(() => recordsIn(magic, 17), /no file of breached passwords/)
})
