/** The rules of expressions, PartiQL and numbers, on chosen and on generated texts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AwsError } from '../../wire/errors.ts'
import { attributesIn, equalitiesIn, type Kind } from './expression.ts'
import { plainNumber } from './item-keys.ts'
import { readStatement } from './partiql.ts'

const seed = 20_260_401

const named: readonly (readonly [Kind, string, readonly string[]])[] = [
  ['ProjectionExpression', 'a, #b.c[0], d[1].e', ['a', 'b', 'd']],
  ['ProjectionExpression', 'remove, size, set', ['remove', 'size', 'set']],
  ['ProjectionExpression', '#dotted', ['x.y']],
  ['ConditionExpression', 'attribute_not_exists(a) AND (b.c = :v OR NOT contains(d, :v))', ['a', 'b', 'd']],
  ['ConditionExpression', 'size(a) > :v and b BETWEEN :v and c', ['a', 'b', 'c']],
  ['FilterExpression', 'a IN (:v, b)', ['a', 'b']],
  [
    'UpdateExpression',
    'SET a = if_not_exists(b, :v) + c REMOVE d[0], e ADD f :v DELETE g :v',
    ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
  ],
  ['UpdateExpression', 'SET remove = :v', ['remove']],
  ['UpdateExpression', 'SET a = remove REMOVE remove', ['a', 'remove']],
  ['UpdateExpression', 'ADD remove :v', ['remove']],
  ['UpdateExpression', 'set a=:v,b=list_append(:v,#b)remove c', ['a', 'b', 'c']],
]

test('an expression names the attributes at the top of its paths, and no word or function', () => {
  for (const [kind, text, wanted] of named)
    assert.deepEqual(attributesIn(kind, text, { '#b': 'b', '#dotted': 'x.y' }), wanted, text)
})

test('a key condition gives what an attribute must equal, from either side, and nothing looser', () => {
  const names = { '#o': 'owner' }
  assert.deepEqual([...equalitiesIn('#o = :a AND at > :b', names)], [['owner', [':a']]])
  assert.deepEqual([...equalitiesIn('(:a = owner) and (owner = :b)')], [['owner', [':a', ':b']]])
  assert.deepEqual([...equalitiesIn('at BETWEEN :a AND :b')], [])
  for (const text of [
    'owner = :a OR owner = :b',
    'NOT owner = :a',
    'owner IN (:a)',
    'owner <> :a',
    'owner.x = :a',
    'owner[0] = :a',
  ])
    assert.throws(() => equalitiesIn(text), { name: 'ValidationException' }, text)
})

test('what cannot be read is refused: strange characters, unknown names, nothing at all', () => {
  for (const text of ['', '   ', 'a; b', 'a "b"', 'a = 1', '#unknown', 'a[b]', 'ü', 'a\u0000'])
    assert.throws(() => attributesIn('ConditionExpression', text), { name: 'ValidationException' }, text)
  assert.throws(() => attributesIn('ProjectionExpression', '#__proto__'), { name: 'ValidationException' })
})

test('every attribute of a generated update is found, however it is written', () => {
  const name = fc.constantFrom('a', 'Remove', 'remove', 'sets', 'x_1', 'added', 'names')
  const blank = fc.constantFrom(' ', '  ', '\n', '\t')
  const clause = fc.record({
    word: fc.constantFrom('REMOVE', 'remove', 'Remove'),
    paths: fc.array(name, { minLength: 1, maxLength: 3 }),
  })
  const update = fc.record({
    sets: fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 3 }),
    gone: clause,
    blank,
  })
  fc.assert(
    fc.property(update, ({ sets, gone, blank }) => {
      const set = sets.map(([a, b]) => `${a}${blank}=${blank}${b}`).join(`,${blank}`)
      const removed = gone.paths.map((path) => `${path}.inner[0]`).join(',')
      const found = attributesIn('UpdateExpression', `SET ${set}${blank}${gone.word}${blank}${removed}`)
      assert.deepEqual(new Set(found), new Set([...sets.flat(), ...gone.paths]))
    }),
    { seed, numRuns: 2_000 },
  )
})

test('no text makes the readers hang, or fail in another way than by refusing', { timeout: 30_000 }, () => {
  const mark = fc.constantFrom(
    'a',
    '#a',
    ':a',
    '.',
    ',',
    '(',
    ')',
    '=',
    '<',
    '>',
    '[0]',
    '[',
    ' ',
    'SET',
    'remove',
    'AND',
    '"',
    "'",
    '--',
    '1',
    '\\',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(mark, { maxLength: 60 }).map((parts) => parts.join('')),
  )
  const kind = fc.constantFrom<Kind>('ProjectionExpression', 'ConditionExpression', 'UpdateExpression')
  fc.assert(
    fc.property(kind, text, (one, given) => {
      for (const read of [
        () => attributesIn(one, given, { '#a': 'x' }),
        () => equalitiesIn(given),
        () => readStatement(given),
      ]) {
        try {
          read()
        } catch (error) {
          assert.ok(error instanceof AwsError && error.code === 'ValidationException', String(error))
        }
      }
    }),
    { seed, numRuns: 5_000 },
  )
  const size = 8_000
  for (const piece of [' ', '(', 'a.', '[0]', '""', "''", '0'])
    for (const read of [
      () => attributesIn('ConditionExpression', piece.repeat(size / piece.length)),
      () => readStatement(piece.repeat(size / piece.length)),
    ]) {
      try {
        read()
      } catch {}
    }
})

test('a number is one text, however it is written', () => {
  for (const [text, wanted] of [
    ...[
      ['1', '1'],
      ['01', '1'],
      ['1.0', '1'],
      ['+1', '1'],
      ['1e0', '1'],
      ['10e-1', '1'],
      ['.5', '0.5'],
      ['5e-3', '0.005'],
      ['-0', '0'],
    ],
    ...[
      ['-1.50', '-1.5'],
      ['1e3', '1000'],
      ['0.1e1', '1'],
      ['x', 'x'],
      ['', ''],
    ],
  ] as const)
    assert.equal(plainNumber(text ?? ''), wanted, text)
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 0, max: 6 }), (whole, zeros) => {
      const padded = `${whole < 0 ? '-' : ''}${'0'.repeat(zeros)}${Math.abs(whole)}.${'0'.repeat(zeros)}`
      assert.equal(plainNumber(padded), String(whole))
      assert.equal(plainNumber(`${whole}${'0'.repeat(zeros)}e-${zeros}`), String(whole))
    }),
    { seed, numRuns: 1_000 },
  )
})

test('a PartiQL statement names every table that it touches', () => {
  const tables = (statement: string) =>
    readStatement(statement).tables.map(({ table, index }) => (index ? `${table}.${index}` : table))
  assert.deepEqual(tables(`SELECT * FROM "T"."by-tag" WHERE a = 'FROM "x"'`), ['T.by-tag'])
  assert.deepEqual(tables(`select a from T where b = "c"`), ['T'])
  assert.deepEqual(tables(`select a, b from "T"."by-tag" as t where a in [1, -2] order by b;`), ['T.by-tag'])
  assert.deepEqual(tables(`INSERT INTO "T" VALUE {'a': 'into b'}`), ['T'])
  assert.deepEqual(tables(`UPDATE "T" SET a = 1 WHERE b = 2`), ['T'])
  assert.deepEqual(tables(`DELETE FROM "T" WHERE EXISTS(SELECT * FROM "Other")`), ['T', 'Other'])
  assert.equal(readStatement(`EXISTS(SELECT * FROM "T")`).action, 'PartiQLSelect')
  for (const text of [
    'SELECT * FROM "T" -- x',
    'SELECT * FROM "T" /* x */',
    'SELECT 1',
    'DROP TABLE "T"',
    `SELECT * FROM 'T'`,
    'SELECT * FROM a.b',
    'SELECT * FROM "T',
    'SELECT * FROM payroll--',
    'SELECT * FROM payroll--x\n',
    'SELECT * FROM a-b',
    'SELECT * FROM "T", "Other"',
    'SELECT * FROM "T" AS t, "Other"',
    'SELECT * FROM "T" t JOIN "Other" ON t.a = b',
  ])
    assert.throws(() => readStatement(text), { name: 'ValidationException' }, text)
})
