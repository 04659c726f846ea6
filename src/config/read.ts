/** Flags and environment to the values of the rows: unknown flags and unreadable values are refused. */
import { type Given, type Rows, refuse, SettingError } from './setting.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** Flags win over variables. What is empty is not given. */
export function readRows<Some extends Rows>(
  rows: Some,
  args: readonly string[],
  environment: Environment,
): Given<Some> {
  const flags = readFlags(rows, args)
  const values: Record<string, unknown> = {}
  for (const [name, row] of Object.entries(rows)) {
    const written = flags.get(name) ?? (row.variable ? environment[row.variable] : undefined)
    if (written === undefined || written === '') continue
    try {
      values[name] = row.read(written)
    } catch (error) {
      if (error instanceof SettingError) throw new SettingError(`${row.flag ?? row.variable}: ${error.message}`)
      throw error
    }
  }
  return values as Given<Some>
}

/** `--flag value`, `--flag=value`, `--switch`, `--no-switch`. */
function readFlags(rows: Rows, args: readonly string[]): Map<string, string> {
  const given = new Map<string, string>()
  const rest = [...args]
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [flag = '', inline] = word.split(/=(.*)/s)
    const [name, row] = Object.entries(rows).find(([, one]) => one.flag?.split(', ').includes(flag)) ?? []
    if (!name) throw new SettingError(`There is no setting ${flag}. \`poolhouse settings\` lists them all.`)
    if (row?.kind === 'switch') given.set(name, inline ?? String(!flag.startsWith('--no-')))
    else given.set(name, inline ?? rest.shift() ?? refuse(`${flag} needs a value.`))
  }
  return given
}
