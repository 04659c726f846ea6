/** Examples of AWS's policy pages as tables: who asks, under which policies, for what, and what the page says comes of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policiesOf, principalOf } from '../../../src/iam/authorize.ts'
import { evaluate, evaluateTrust, type NamedPolicy } from '../../../src/iam/policy/evaluate.ts'
import { parsePolicy } from '../../../src/iam/policy/parse.ts'
import type { Principal } from '../../../src/iam/policy/principal.ts'
import type { PolicyKind } from '../../../src/iam/policy/statement.ts'
import { type Facts, type Keys, requestContext } from '../../../src/iam/request-context.ts'
import { tagKeys } from '../../../src/iam/tags.ts'
import { anonymous, type Caller } from '../../../src/wire/caller.ts'
import type { Settings } from '../../../src/world.ts'

export { anonymous }

export const account = '111122223333'
export const elsewhere = '444455556666'

type Tags = Readonly<Record<string, string>>
const contextOf = (tags: Tags): Keys =>
  tagKeys(
    'aws:PrincipalTag',
    Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  )

/** A user of IAM with keys of their own. */
export const user = (name: string, { of = account, tags = {} }: { of?: string; tags?: Tags } = {}): Caller => ({
  kind: 'user',
  account: of,
  arn: `arn:aws:iam::${of}:user/${name}`,
  userId: `AIDA${name.toUpperCase()}`,
  accessKeyId: 'AKIAEXAMPLE',
  context: contextOf(tags),
})

type Session = { of?: string; session?: string; tags?: Tags; provider?: string; keys?: Keys }

/** A session of a role. */
export const role = (name: string, wanted: Session = {}): Caller => {
  const { of = account, session = 'session', tags = {}, provider, keys } = wanted
  return {
    kind: 'role',
    account: of,
    arn: `arn:aws:sts::${of}:assumed-role/${name}/${session}`,
    roleArn: `arn:aws:iam::${of}:role/${name}`,
    userId: `AROA${name.toUpperCase()}:${session}`,
    accessKeyId: 'ASIAEXAMPLE',
    issuedAt: Date.parse('2026-01-01T00:00:00Z'),
    context: { ...contextOf(tags), ...keys },
    ...(provider !== undefined && { provider }),
  }
}

/** What GetFederationToken gave to a user's charge. */
export const federated = (name: string, by: Caller): Caller => ({
  kind: 'federated',
  account: by.account,
  arn: `arn:aws:sts::${by.account}:federated-user/${name}`,
  userId: `${by.account}:${name}`,
  accessKeyId: 'ASIAEXAMPLE',
  federatedBy: by.arn,
  issuedAt: Date.parse('2026-01-01T00:00:00Z'),
  context: {},
})

export const root = (of = account): Caller => ({
  kind: 'root',
  account: of,
  arn: `arn:aws:iam::${of}:root`,
  userId: of,
  accessKeyId: 'AKIAROOT',
  context: {},
})

/** With temporary credentials, made with a second factor this many seconds ago, or without one. */
export const temporary = (caller: Caller, now: string, mfaAge?: number): Caller => ({
  ...caller,
  issuedAt: Date.parse(now) - (mfaAge ?? 60) * 1000,
  ...(mfaAge !== undefined && { mfaAt: Date.parse(now) - mfaAge * 1000 }),
})

/** A caller who has no account here: a service, or the bearer of a token. */
export const outsider = (kind: 'service' | 'web-identity' | 'saml', name: string): Principal => ({
  kind,
  account: '',
  arn: kind === 'service' ? name : '',
  userId: '',
  ...(kind !== 'service' && { provider: name }),
})

type Statements = object | readonly object[]
export type Row = {
  /** What is special about the question, if action and resource do not say it. */
  readonly when?: string
  readonly by?: Caller
  readonly as?: Principal
  readonly action: string
  readonly on?: string
  readonly keys?: Keys
  readonly at?: string
  readonly facts?: Partial<Facts>
  /** Where the resource is; at home unless told. */
  readonly owner?: string
  readonly gets: 'allowed' | 'explicitDeny' | 'implicitDeny'
}

export type Example = {
  readonly shows: string
  readonly identity?: Statements
  readonly boundary?: Statements
  readonly session?: Statements
  readonly resource?: Statements
  readonly trust?: Statements
  readonly by?: Caller
  readonly rows: readonly Row[]
}

/** The text of a document that a service would take as new. */
function write(kind: PolicyKind, statements: Statements): string {
  const text = JSON.stringify({ Version: '2012-10-17', Statement: statements })
  parsePolicy(text, kind, { saving: true })
  return text
}

const source = (kind: PolicyKind, statements: Statements | undefined) =>
  statements === undefined ? undefined : { id: kind, text: write(kind, statements) }

const usualFacts: Facts = { region: 'us-east-1', address: '198.51.100.7', userAgent: 'example/1', secure: true }

/** Decides one row under an example's policies, with the context that the product makes of such a request. */
export function outcomeOf(example: Example, row: Row): Row['gets'] {
  const { identity, boundary, session, resource, trust } = example
  const caller: Caller = {
    ...(row.by ?? example.by ?? user('someone')),
    ...(identity !== undefined && { identityPolicies: [source('identity', identity)!] }),
    ...(boundary !== undefined && { boundary: source('boundary', boundary) }),
    ...(session !== undefined && { sessionPolicies: [write('session', session)] }),
  }
  const now = Date.parse(row.at ?? '2026-06-15T12:00:00Z')
  const resourceAccount = row.owner ?? account
  const context = requestContext(
    { now: () => now, settings: { account } as Settings },
    row.as ? anonymous : caller,
    { ...usualFacts, ...row.facts },
    { more: row.keys, resourceAccount },
  )
  const request = {
    action: row.action,
    resource: row.on ?? '*',
    principal: row.as ?? principalOf(caller),
    resourceAccount,
    context,
  }
  const policies = policiesOf(caller, source('resource', resource))
  if (trust === undefined) return evaluate(request, policies).outcome
  const named: NamedPolicy = { id: 'trust', label: 'trust policy', policy: parsePolicy(write('trust', trust), 'trust') }
  return evaluateTrust(request, named, policies).outcome
}

const label = ({ when, action, on = '*' }: Row) => (when === undefined ? `${action} on ${on}` : `${action} ${when}`)

/** One test for each example of the page. */
export function page(title: string, examples: readonly Example[]): void {
  for (const example of examples) {
    test(`${title}: ${example.shows}`, () => {
      const decided = example.rows.map((row) => `${outcomeOf(example, row)}: ${label(row)}`)
      assert.deepEqual(
        decided,
        example.rows.map((row) => `${row.gets}: ${label(row)}`),
      )
    })
  }
}
