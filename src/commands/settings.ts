/** `poolhouse settings`: the tables of settings, for the terminal. */
import { subjects } from '../config.ts'

export const usage = 'Usage: poolhouse settings'

export async function run(args: string[]): Promise<void> {
  if (args.length > 0) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  for (const { title, rows } of subjects) {
    console.log(`${title}\n`)
    for (const row of rows) {
      console.log(`  ${[row.flag, row.variable].filter(Boolean).join('  ')}`)
      console.log(`      ${row.help}\n      default: ${row.otherwise}\n`)
    }
  }
}
