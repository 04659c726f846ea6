/** `poolhouse settings`: the table of settings, for the terminal. */
import { settings } from '../config.ts'

export async function printSettings(): Promise<void> {
  for (const row of settings) {
    console.log([row.flag, row.variable].filter(Boolean).join('  '))
    console.log(`    ${row.help}\n    default: ${row.otherwise}\n`)
  }
}
