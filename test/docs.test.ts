/** What the documents say of the code: the list of guesses, the list of decisions, and links that lead somewhere. */
import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { findGuesses, guessesIn } from '../tools/guesses.ts'
import { printCoverage, printDecisions } from '../tools/print-docs.ts'

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

const pages = globSync('{*.md,docs/**/*.md,examples/*/*.md,examples/*.md}')

test('every link from a page to a file leads to one', () => {
  const dead = pages.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)]
      .map(([, path = '']) => ({ page, path }))
      .filter(({ path }) => !existsSync(join(dirname(page), path))),
  )
  assert.deepEqual(dead, [])
})

test('a file of the code, of tests or of documents that a page names is there', () => {
  // Printed from the code, or about what was: their names are not ours to keep.
  const kept = pages.filter((page) => !/coverage\.md|CHANGELOG\.md/.test(page))
  const dead = kept.flatMap((page) =>
    [...readFileSync(page, 'utf8').matchAll(/`((?:src|test|tools|bench|examples)\/[\w./-]+)`/g)]
      .map(([, path = '']) => ({ page, path }))
      .filter(({ path }) => !existsSync(path) && !existsSync(join(dirname(page), path))),
  )
  assert.deepEqual(dead, [])
})

test('docs/decisions/README.md lists the decisions', () => {
  assert.ok(
    readFileSync('docs/decisions/README.md', 'utf8') === printDecisions(),
    'Run `npm run docs` and commit docs/decisions/README.md.',
  )
})
