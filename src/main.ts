/** The command line: reads flags and environment and starts what was asked. The only file that touches process.env. */
import { SettingError } from './config.ts'

type Command = (args: string[], environment: Readonly<Record<string, string | undefined>>) => Promise<void>

/** Each command is a file; it is loaded when asked for. */
const commands: Readonly<Record<string, { help: string; load: () => Promise<Command> }>> = {
  start: {
    help: 'serve; with --dev for a laptop, without for production',
    load: async () => (await import('./commands/start.ts')).start,
  },
  demo: {
    help: 'walk the photo-app story from the terminal, checking every answer',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  'sender-key': {
    help: 'print the key that opens the codes of a custom sender: sender-key <KMSKeyID>',
    load: async () => (await import('./commands/sender-key.ts')).printSenderKey,
  },
  'breached-passwords': {
    help: 'make the offline list of breached passwords from the public text format',
    load: async () => (await import('./commands/breached-passwords.ts')).breachedPasswords,
  },
  trust: {
    help: "have this machine's browsers and programs believe the local HTTPS; --print, --remove",
    load: async () => (await import('./commands/trust.ts')).trust,
  },
  explain: {
    help: 'ask a server why it denied a request: explain <request-id>',
    load: async () => (await import('./commands/explain.ts')).explain,
  },
  lint: {
    help: 'say what is wrong with policy documents: lint <file>',
    load: async () => (await import('./commands/lint.ts')).lint,
  },
  settings: { help: 'list every setting', load: async () => (await import('./commands/settings.ts')).printSettings },
}

const help = () =>
  [
    'Usage: poolhouse <command> [settings]',
    '',
    ...Object.entries(commands).map(([name, command]) => `  ${name.padEnd(18)} ${command.help}`),
    `  ${'help'.padEnd(18)} this list`,
    '',
    'Settings are flags or POOLHOUSE_* variables: `poolhouse settings` lists them.',
  ].join('\n')

const [name = 'help', ...args] = process.argv.slice(2)
const command = Object.hasOwn(commands, name) ? commands[name] : undefined
if (command) {
  try {
    await (await command.load())(args, process.env)
  } catch (error) {
    // A setting or the machine is wrong: a sentence that names the fix. Anything else is our bug and shows its stack.
    console.error(error instanceof SettingError || isExpected(error) ? `poolhouse: ${(error as Error).message}` : error)
    process.exit(1)
  }
} else {
  const asked = ['help', '--help', '-h'].includes(name)
  console[asked ? 'log' : 'error'](asked ? help() : `poolhouse: there is no command '${name}'.\n\n${help()}`)
  process.exit(asked ? 0 : 2)
}

/** Faults of the surroundings, told without a stack: a port in use, a folder in use, a database that does not answer. */
function isExpected(error: unknown): boolean {
  return (
    error instanceof Error &&
    (('code' in error && typeof error.code === 'string') || /data folder|database/i.test(error.message))
  )
}
