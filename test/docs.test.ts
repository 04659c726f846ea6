/** The list of guesses in docs/coverage.md, and how it is found in the code. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findGuesses, guessesIn } from '../tools/guesses.ts'
import { printCoverage } from '../tools/print-docs.ts'

describe('guesses', () => {
  test('are found in every kind of comment, over the ends of lines', () => {
    const source = [
      '/**',
      ' * Does a thing. unproved: that it is done',
      ' * twice. AWS: somewhere.',
      ' */',
      'const a = 1 // unproved: one',
      'const b = 2',
      '  // unproved: the sentence; the rule',
      '  // is from the guide.',
      "  fail('Code', 'It is not here.')",
      "const text = 'unproved: in a text'",
    ].join('\n')
    assert.deepEqual(guessesIn(source), [
      'that it is done twice',
      'one',
      'the sentence; the rule is from the guide: “It is not here.”',
    ])
  })

  test('are all printed: as many as the code has', () => {
    const guesses = findGuesses()
    assert.ok(guesses.length > 50)
    assert.equal(printCoverage().match(/^- `src\//gm)?.length, guesses.length)
  })
})
