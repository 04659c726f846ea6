/** Prints docs/coverage.md, docs/configuration.md and the list of decisions: `npm run docs`. A test compares them. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { services } from '../src/app.ts'
import { subjects } from '../src/config.ts'
import { planners as tables } from '../src/gateway/dynamodb/plan.ts'
import { planners as streams } from '../src/gateway/dynamodb/streams.ts'
import { planners as shards } from '../src/gateway/kinesis/plan.ts'
import { actions as topics } from '../src/gateway/sns.ts'
import { operations as queues } from '../src/gateway/sqs/names.ts'
import { model } from '../src/wire/model.ts'
import { findGuesses } from './guesses.ts'
import { printS3 } from './s3-coverage.ts'

const titles: Readonly<Record<string, string>> = {
  'cognito-idp': 'User pools',
  'cognito-identity': 'Identity pools',
  sts: 'STS',
  iam: 'IAM',
  'cognito-sync': 'Cognito Sync',
  rolesanywhere: 'IAM Roles Anywhere',
  sso: 'IAM Identity Center portal',
  'sso-oidc': 'IAM Identity Center OIDC',
}

/** What an operation that is here does not do yet. */
const limits: Readonly<Record<string, string>> = {
  iam:
    'Here is all about users, groups, roles, policies, boundaries, keys, passwords, virtual MFA devices, providers and reports. Directories only are ' +
    'instance profiles (there are no machines and no metadata service), SSH public keys and signing certificates (others may let people in by them), ' +
    'and server certificates (no load balancer takes them; their private keys are checked and not kept). Absent on purpose: service-linked roles (no ' +
    'service acts by itself), service-specific credentials (there is no CodeCommit, Keyspaces or Bedrock that would take them), account properties, ' +
    'and STS preferences (session tokens are those of version 2, valid in every Region). The access advisor knows the services that are here, and tells actions ' +
    'apart where they are operations of Cognito, IAM, STS and Roles Anywhere. Delegation requests are made by this account’s own principals, from templates of ' +
    'the setting or managed policies, and told at a topic behind the gateway; that one has expired is not told, and there is no console to link to. ' +
    '`GetHumanReadableSummary` is made from the policy by rules, in English, where AWS asks a language model.',
  'cognito-idp':
    'A replica of a pool is the same directory, reached by signed requests in its region: at once up to date, with triggers, e-mail, SMS and tags ' +
    'of its own. What people ask without a signature carries no region and is answered by the primary. Log export, notices of threat protection ' +
    'and web ACLs are the primary’s everywhere. For two places use two nodes with one PostgreSQL database.',
  rolesanywhere:
    'Trust anchors are bundles of certificates; those of AWS Private CA are refused. `CreateSession` is in no SDK: the signing helper sends it. ' +
    'Notifications of certificates that end soon go to the log.',
  'cognito-identity':
    'Logins of Twitter and Digits can be configured in a pool and are refused: neither provider answers as AWS documents it.',
  sts:
    '`AssumeRoot` opens the root user of the one account there is (decision 51); its access keys are settings, and it has no password and no MFA device. ' +
    '`GetDelegatedAccessToken` redeems what the delegation requests of this account have released.',
}

/** Every operation AWS has, and whether Poolhouse has it. */
export function printCoverage(): string {
  const sections = Object.entries(titles).map(([name, title]) => {
    const all = Object.keys(model(name).operations).sort()
    const here = services[name]?.operations
    const has = all.filter((operation) => here?.has(operation))
    const lacks = all.filter((operation) => !here?.has(operation))
    return [
      `## ${title} (\`${name}\`): ${has.length} of ${all.length}`,
      '',
      has.length > 0 ? `Here: ${has.map((operation) => `\`${operation}\``).join(', ')}.` : 'None yet.',
      '',
      lacks.length > 0 && has.length > 0
        ? `Absent (answer 501 and name the operation): ${lacks.map((operation) => `\`${operation}\``).join(', ')}.\n`
        : '',
      ...(limits[name] === undefined ? [] : [`${limits[name]}\n`]),
    ].join('\n')
  })
  return [
    '# Coverage',
    '',
    'Printed from the code by `npm run docs`. An operation listed as here works as its AWS page describes, refusals included.',
    'Where AWS does not establish a behaviour, the code says `unproved:` and what the choice rests on.',
    '',
    ...sections,
    ...printS3(),
    ...printGateway(),
    ...printGuesses(),
  ].join('\n')
}

/** Services whose operations are authorised here and carried out by an engine or a server behind. */
const gateway: readonly (readonly [title: string, names: readonly string[], lacks: string])[] = [
  [
    'DynamoDB',
    Object.keys(tables),
    'Backups, global tables, exports and resource policies are absent. The embedded engine has no transactions, PartiQL or time to live.',
  ],
  ['DynamoDB Streams', Object.keys(streams), 'Of a server behind.'],
  ['SQS', Object.keys(queues), 'Of a server behind. Starting and cancelling moves of messages is absent.'],
  [
    'SNS',
    Object.keys(topics),
    'Of a server behind. Platform applications, SMS settings and data protection are absent.',
  ],
  [
    'Kinesis',
    Object.keys(shards),
    'Of a server behind, in JSON. Enhanced fan-out is absent: its answers are streams of events, which no server behind has that could be tested.',
  ],
  ['Lambda', ['Invoke'], 'Local functions, or of a server behind. Functions are made by `--functions`.'],
  ['API Gateway', ['execute-api:Invoke'], 'Of a server behind.'],
]

const printGateway = (): string[] =>
  gateway.map(([title, names, lacks]) =>
    [
      `## ${title} (gateway)`,
      '',
      `Authorised here: ${[...names]
        .sort()
        .map((name) => `\`${name}\``)
        .join(', ')}.`,
      '',
      `${lacks} See [the gateway](guides/gateway.md).`,
      '',
    ].join('\n'),
  )

/** A line each; Markdown takes what stands in the sentences as text. */
const printGuesses = (): string[] => [
  '## Guesses',
  '',
  'What AWS does not establish, and how it was decided here: every `unproved:` of the code.',
  '',
  ...findGuesses().map(({ file, sentence }) => `- \`${file}\` → ${sentence.replace(/[\\*_<>[\]]/g, '\\$&')}`),
  '',
]

/** The tables of settings, one for each subject. */
export function printConfiguration(): string {
  const sections = subjects.map(({ title, rows }) => {
    const lines = rows.map((row) => {
      const names = [row.flag, row.variable].filter(Boolean).map((name) => `\`${name}\``)
      return `| ${names.join(', ')} | ${row.otherwise} | ${row.help} |`
    })
    return [`## ${title}`, '', '| setting | default | meaning |', '|---|---|---|', ...lines, ''].join('\n')
  })
  return [
    '# Configuration',
    '',
    'Printed from the code by `npm run docs`. A flag wins over its variable, a variable over the default.',
    '`poolhouse settings` prints the same in the terminal.',
    '',
    ...sections,
  ].join('\n')
}

const decisions = new URL('../docs/decisions/', import.meta.url)

/** The decisions by their numbers. Refuses two of one number, and a heading that is not `# <number>. <title>`. */
export function printDecisions(): string {
  const files = globSync('[0-9]*.md', { cwd: decisions }).sort()
  const rows = files.map((file) => {
    const [, number, title] = /^# (\d+)\. (.+)\n/.exec(readFileSync(new URL(file, decisions), 'utf8')) ?? []
    if (Number(number) !== Number(file.slice(0, 4))) throw new Error(`${file} begins with \`# <its number>. <title>\`.`)
    return `| ${number} | [${title}](${file}) |`
  })
  const twice = files.find((file, at) => files[at - 1]?.slice(0, 4) === file.slice(0, 4))
  if (twice) throw new Error(`${twice} has the number of another decision.`)
  return [
    '# Decisions',
    '',
    'What was decided, why, and what was not chosen. A number is never used twice; a gap means nothing. A new decision takes',
    'the next free number and begins `# <number>. <title>`; `npm run docs` prints this list.',
    '',
    '| | |',
    '|---|---|',
    ...rows,
    '',
  ].join('\n')
}

if (import.meta.main) {
  writeFileSync(new URL('../docs/coverage.md', import.meta.url), printCoverage())
  writeFileSync(new URL('../docs/configuration.md', import.meta.url), printConfiguration())
  writeFileSync(new URL('README.md', decisions), printDecisions())
}
