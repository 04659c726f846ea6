/** `poolhouse settings`: the tables of settings, for the terminal. */
import { subjects } from '../config.ts'

export async function printSettings(): Promise<void> {
  for (const { title, rows } of subjects) {
    console.log(`${title}\n`)
    for (const row of rows) {
      console.log(`  ${[row.flag, row.variable].filter(Boolean).join('  ')}`)
      console.log(`      ${row.help}\n      default: ${row.otherwise}\n`)
    }
  }
}
