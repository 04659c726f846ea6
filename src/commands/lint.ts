/** `poolhouse lint <file>…`: says what is wrong with policy documents, as IAM would and beyond. */
import { readFile } from 'node:fs/promises'
import { SettingError } from '../config.ts'
import type { Whose } from '../iam/policy/hints.ts'
import { lintPolicy, type Problem } from '../iam/policy/lint.ts'
import type { PolicyKind } from '../iam/policy/statement.ts'

export const usage = `Usage: poolhouse lint [--kind KIND] [--of WHOM] <file>…

  <file>         a policy document in JSON; - for standard input
  --kind KIND    identity, resource or trust; told from the document unless given
  --of WHOM      role or user: whose policy it is; role unless given

Prints file:line:column: level: sentence. Ends with 1 if there is an error, with 0 otherwise.`

const kinds: readonly string[] = ['identity', 'resource', 'trust']
const owners: readonly string[] = ['role', 'user', 'group']

export async function run(args: string[]): Promise<void> {
  const words = args.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]))
  const files: string[] = []
  const flags = new Map<string, string>()
  while (words.length > 0) {
    const word = words.shift() ?? ''
    if (word.startsWith('--')) flags.set(word, words.shift() ?? '')
    else files.push(word)
  }
  const kind = flags.get('--kind')
  const whose = flags.get('--of') ?? 'role'
  const known = [...flags.keys()].every((flag) => flag === '--kind' || flag === '--of')
  if (files.length === 0 || !known || !owners.includes(whose) || (kind !== undefined && !kinds.includes(kind))) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  for (const file of files) {
    const text = await read(file)
    const problems = lintPolicy(text, (kind as PolicyKind | undefined) ?? kindOf(text), whose as Whose)
    for (const problem of problems) console.log(print(file, problem))
    if (problems.some(({ level }) => level === 'error')) process.exitCode = 1
  }
}

const print = (file: string, { level, line, column, sentence, rule }: Problem) =>
  `${file}:${line}:${column}: ${level}: ${sentence}${rule === undefined ? '' : ` [${rule}]`}`

async function read(file: string): Promise<string> {
  try {
    return file === '-' ? await readAll() : await readFile(file, 'utf8')
  } catch {
    throw new SettingError(`${file} cannot be read.`)
  }
}

async function readAll(): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of process.stdin) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}

/** A document that names principals is a trust policy if all it speaks of is STS, else a resource's; one that names none is an identity's. */
function kindOf(text: string): PolicyKind {
  const named = /"(?:Not)?Principal"\s*:/.test(text)
  if (!named) return 'identity'
  return /"(?:Not)?Resource"\s*:/.test(text) ? 'resource' : 'trust'
}
