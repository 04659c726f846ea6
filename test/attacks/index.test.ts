/** Every attack case that touches what exists has a test that carries its number. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

/** Numbers of the project's list of attack cases: OAuth 1–29, JOSE 30–34, passwords 35–47, codes 48–60, SAML 61–71, tokens and IAM 75–80, operations 81–83. */
const touched = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22, 23, 24, 25, 27, 28, 29],
  ...[30, 31, 32, 33],
  ...[35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47],
  ...[48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60],
  ...[61, 62, 63, 64, 65, 66, 67, 68, 69, 70, 71],
  ...[72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83],
]

/** `case 12:`, `cases 35, 36:`, `cases 1 to 4`, `cases 30–33:` at the beginning of a test's name. */
function numbersIn(name: string): number[] {
  const listed = /^cases? ((?:\d+(?:, | and | to |–)?)+)/.exec(name)?.[1] ?? ''
  return listed.split(/, | and /).flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split(/ to |–/).map(Number)
    return Number.isNaN(from) ? [] : Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

test('each case has a test of its number', () => {
  const files = globSync(['test/**/*.test.ts', 'src/**/*.test.ts'])
  const names = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/\b(?:test|describe|it)\(\s*(['"`])(.*?)\1/gs)].map(
      (match) => match[2] ?? '',
    ),
  )
  const covered = new Set(names.flatMap(numbersIn))
  assert.deepEqual(
    touched.filter((number) => !covered.has(number)),
    [],
  )
})
