/** Every guess about AWS that the code admits to (`unproved:` in a comment), file by file. */
import { globSync, readFileSync } from 'node:fs'

export type Guess = { readonly file: string; readonly sentence: string }

const root = new URL('..', import.meta.url)

/** All of `src`, sorted by file; in a file in the order of its lines. */
export const findGuesses = (): Guess[] =>
  globSync('src/**/*.ts', { cwd: root })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts'))
    .sort()
    .flatMap((file) => guessesIn(readFileSync(new URL(file, root), 'utf8')).map((sentence) => ({ file, sentence })))

/** The sentence after each `unproved:`; where it is about what AWS says, with what is said here. */
export function guessesIn(source: string): string[] {
  const comments = /\/\*\*?([\s\S]*?)\*\/|((?:^[ \t]*|[ \t])\/\/.*(?:\n[ \t]*\/\/.*)*)/gm
  return [...source.matchAll(comments)].flatMap((match) => {
    const [whole, block, lines = ''] = match
    const text = (block ?? lines)
      .replace(/^[ \t]*(\*|\/\/) ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim()
    const after = source.slice(match.index + whole.length)
    return [...text.matchAll(/unproved: (.+?)(?:[.](?= |$)|$)/g)].map(([, sentence = '']) => withWords(sentence, after))
  })
}

const about = /\bsentences?\b/
/** Texts in the code, in whatever quotes. */
const texts = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\\n]|\\.)*)`/g
const nearLines = 6

/** The first text of several words in the next lines of code. */
function withWords(sentence: string, after: string): string {
  if (!about.test(sentence)) return sentence
  const near = after
    .split('\n')
    .slice(0, nearLines)
    .join('\n')
    .replace(/\/\/.*$/gm, '')
  const found = [...near.matchAll(texts)].map(([, ...inside]) => inside.find((one) => one !== undefined) ?? '')
  const said = found.find((text) => /^\S.*\w \w/.test(text))
  return said === undefined ? sentence : `${sentence}: “${said}”`
}
