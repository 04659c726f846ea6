import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { joinValues, type Line, longestLine, type Place, readLines, splitValues } from './csv.ts'

const start: Place = { position: 0, line: 1 }

/** The bytes in pieces of those sizes, again and again. */
async function* inPieces(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function linesOf(content: string | Buffer, sizes = [7], from = start): Promise<Line[]> {
  const lines: Line[] = []
  const bytes = Buffer.from(content as string)
  for await (const line of readLines(inPieces(bytes.subarray(from.position), sizes), from)) lines.push(line)
  return lines
}

describe('the values of a row', () => {
  test('end at commas, and a backslash makes a comma a letter', () => {
    assert.deepEqual(splitValues('a,b,c'), ['a', 'b', 'c'])
    assert.deepEqual(splitValues('123 Any Street\\, Any Town,x'), ['123 Any Street, Any Town', 'x'])
    assert.deepEqual(splitValues('\\,,\\,\\,,'), [',', ',,', ''])
    assert.deepEqual(splitValues(''), [''])
    assert.deepEqual(splitValues(',,'), ['', '', ''])
  })

  test('are trimmed, and keep quotes and other backslashes', () => {
    assert.deepEqual(splitValues(' a\t, "b" ,\\n\\\\,c'), ['a', '"b"', '\\n\\,c'])
  })

  test('come back as they were put in', () => {
    const value = fc
      .string({ unit: 'grapheme' })
      .map((text) => text.replace(/[\r\n]/g, '').trim())
      .filter((text) => !text.endsWith('\\'))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        assert.deepEqual(splitValues(joinValues(values)), values)
      }),
    )
  })
})

describe('the lines of a file', () => {
  test('are the same however its bytes are cut', async () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n]/g, ''))
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        async (lines, sizes, terminator) => {
          const content = lines.map((text) => text + terminator).join('')
          const read = await linesOf(content, sizes)
          assert.deepEqual(
            read.map(({ text }) => text),
            lines,
          )
        },
      ),
    )
  })

  test('can be read on from after any of them', async () => {
    const content = Buffer.from('name\r\nZoë\n\n\u{1f600},x\nlast')
    const lines = await linesOf(content)
    assert.deepEqual(
      lines.map(({ line, text }) => [line, text]),
      [
        [1, 'name'],
        [2, 'Zoë'],
        [3, ''],
        [4, '\u{1f600},x'],
        [5, 'last'],
      ],
    )
    for (const [index, { next }] of lines.entries())
      assert.deepEqual(await linesOf(content, [3], next), lines.slice(index + 1))
  })

  test('that are too long are passed over', async () => {
    const [fits, tooLong] = ['é'.repeat(longestLine), 'é'.repeat(longestLine + 1)]
    const huge = 'x'.repeat(10_000_000)
    const lines = await linesOf(`${fits}\r\n${tooLong}\n${huge}\nend`, [64 * 1024])
    assert.deepEqual(
      lines.map(({ text, fault }) => fault ?? text?.length),
      [longestLine, 'too-long', 'too-long', 3],
    )
  })

  test('in another encoding are told apart', async () => {
    const latin1 = Buffer.concat([Buffer.from('a\n'), Buffer.from('Zo\xeb', 'latin1'), Buffer.from('\nb')])
    const lines = await linesOf(latin1)
    assert.deepEqual(
      lines.map(({ text, fault }) => fault ?? text),
      ['a', 'not-utf-8', 'b'],
    )
  })

  test('keep a byte order mark, so that the header can be refused', async () => {
    assert.equal((await linesOf('\ufeffname\n'))[0]?.text, '\ufeffname')
  })
})
