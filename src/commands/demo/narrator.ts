/** Tells the story on a terminal: numbered steps, colour where somebody looks, differences so that they can be acted upon. */
import type { Chapter, Outcome, Step } from './story.ts'

const colours = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const

export type Narrator = ReturnType<typeof narrator>

export function narrator(print: (line: string) => void, colourful: boolean) {
  const paint = (colour: keyof typeof colours, text: string) =>
    colourful ? `\x1b[${colours[colour]}m${text}\x1b[0m` : text
  let number = 0
  return {
    open(endpoint: string) {
      print(paint('bold', 'The photo app, told with the public SDKs'))
      print(paint('dim', `against ${endpoint}`))
    },
    chapter({ title }: Chapter) {
      print('')
      print(paint('cyan', title))
    },
    step({ title, why, wanted }: Step, outcome: Outcome) {
      number += 1
      const mark = !outcome.ok
        ? paint('red', '! differs')
        : wanted === 'allowed'
          ? paint('green', '✓ allowed')
          : paint('yellow', `✗ refused as expected: ${wanted.status} ${wanted.code}`)
      print(`${String(number).padStart(3)}. ${title}  ${mark}`)
      if (!outcome.ok) {
        print(paint('red', `       expected  ${outcome.wanted}`))
        print(paint('red', `       got       ${outcome.got}`))
      }
      for (const line of outcome.lines.slice(0, 6)) print(`       ${line}`)
      print(paint('dim', `       ${why}`))
    },
    close(outcomes: readonly { step: Step; outcome: Outcome }[], left: number) {
      const wrong = outcomes.filter(({ outcome }) => !outcome.ok)
      const allowed = outcomes.filter(({ step, outcome }) => outcome.ok && step.wanted === 'allowed').length
      print('')
      if (wrong.length === 0) {
        const refused = outcomes.length - allowed
        print(
          paint('bold', `All ${outcomes.length} steps went as they should: ${allowed} allowed, ${refused} refused.`),
        )
        return
      }
      const rest = left > 0 ? `, ${left} not reached` : ''
      print(paint('red', `${wrong.length} of ${outcomes.length} steps differed${rest}:`))
      for (const { step, outcome } of wrong)
        print(`  ${step.title}: expected ${outcome.wanted}, got ${outcome.got} (${outcome.lines.join(' ')})`)
    },
  }
}
