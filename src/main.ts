/** The command line: reads flags and environment and starts what was asked. The only file that touches process.env. */
import { readFileSync } from 'node:fs'
import { SettingError } from './config.ts'
import { StoreError } from './store/errors.ts'

type Command = {
  readonly run: (args: string[], environment: Readonly<Record<string, string | undefined>>) => Promise<void>
  readonly usage: string
}

/** Each command is a file; it is loaded when asked for. */
const commands: Readonly<Record<string, { help: string; load: () => Promise<Command> }>> = {
  start: {
    help: 'serve; with --dev for a laptop, without for production',
    load: () => import('./commands/start.ts'),
  },
  demo: {
    help: 'walk the photo-app story from the terminal, checking every answer',
    load: () => import('./commands/demo.ts'),
  },
  'sender-key': {
    help: 'print the key that opens the codes of a custom sender: sender-key <KMSKeyID>',
    load: () => import('./commands/sender-key.ts'),
  },
  'breached-passwords': {
    help: 'make the offline list of breached passwords from the public text format',
    load: () => import('./commands/breached-passwords.ts'),
  },
  trust: {
    help: "have this machine's browsers and programs believe the local HTTPS; --print, --remove",
    load: () => import('./commands/trust.ts'),
  },
  explain: {
    help: 'ask a server why it denied a request: explain <request-id>',
    load: () => import('./commands/explain.ts'),
  },
  lint: {
    help: 'say what is wrong with policy documents: lint <file>',
    load: () => import('./commands/lint.ts'),
  },
  settings: { help: 'list every setting', load: () => import('./commands/settings.ts') },
}

const help = () =>
  [
    'Usage: poolhouse <command> [settings]',
    '',
    ...Object.entries(commands).map(([name, command]) => `  ${name.padEnd(18)} ${command.help}`),
    `  ${'help'.padEnd(18)} this list`,
    `  ${'--version'.padEnd(18)} which one this is`,
    '',
    '`poolhouse <command> --help` says more. Settings are flags or POOLHOUSE_* variables: `poolhouse settings` lists them.',
  ].join('\n')

const [name = 'help', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command) {
  try {
    const { run, usage } = await command.load()
    if (args.some(isHelp)) console.log(usage)
    else await run(args, process.env)
  } catch (error) {
    // A setting or the machine is wrong: a sentence that names the fix. Anything else is our bug and shows its stack.
    console.error(error instanceof SettingError || isExpected(error) ? `poolhouse: ${(error as Error).message}` : error)
    process.exit(1)
  }
} else if (name === '--version') {
  console.log(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version)
} else {
  const asked = name === 'help' || isHelp(name)
  console[asked ? 'log' : 'error'](asked ? help() : `poolhouse: there is no command '${name}'.\n\n${help()}`)
  process.exit(asked ? 0 : 2)
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}

/** Faults of the surroundings, told without a stack: a port in use, a folder in use, a database that does not answer. */
function isExpected(error: unknown): boolean {
  if (error instanceof StoreError && error.kind === 'unavailable') return true
  return (
    error instanceof Error &&
    (('code' in error && typeof error.code === 'string') || /data folder|database/i.test(error.message))
  )
}
