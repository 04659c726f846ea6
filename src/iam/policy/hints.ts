/**
 * What is wrong with a valid policy: statements that can never work, or that allow more than they seem to. One list of rules,
 * asked by the log when a policy is written, by `poolhouse explain`, and by `poolhouse lint`.
 */
import type { Condition } from './condition.ts'
import { variablesOf } from './pattern.ts'
import { type Misfit, misfitsOf, misplacedBy } from './s3-actions.ts'
import { asksOne, controlsOf, issuerOf } from './shared-issuers.ts'
import { matchesAction, type Policy, type Statement } from './statement.ts'

export type Hint = {
  /** A name for suppressing and finding: `variable-without-value`. */
  readonly rule: string
  readonly sentence: string
  /** The statement, from 0. */
  readonly statement: number
  /** The piece of the statement's text that the sentence is about. */
  readonly about: string
}

/** Whose policy it is, where that is known: what a variable can be depends on it. */
export type Whose = 'role' | 'user' | 'group' | undefined

type Asked = { readonly statement: Statement; readonly policy: Policy; readonly whose: Whose }
type Finding = { readonly sentence: string; readonly about: string }
type Rule = { readonly rule: string; find(asked: Asked): readonly Finding[] }

const cognito = 'cognito-identity.amazonaws.com'
const anywhere = 'rolesanywhere.amazonaws.com'
const amr = `${cognito}:amr`
const aud = `${cognito}:aud`

const templatesOf = ({ resources, conditions }: Statement): string[] => [
  ...(resources?.written ?? []),
  ...conditions.flatMap(({ expected }) => expected),
]

const keyOf = ({ key }: Condition) => key.toLowerCase()
const baseOf = ({ operator }: Condition) => operator.replace(/^For(?:Any|All)Values?:/, '').replace(/IfExists$/, '')

/** Findings about the variables of a statement, by their lower-cased key. */
const aboutVariables =
  (say: (key: string, written: string, asked: Asked) => string | undefined): Rule['find'] =>
  (asked) =>
    templatesOf(asked.statement).flatMap((template) =>
      variablesOf(template).flatMap(({ key, written }) => {
        const sentence = asked.policy.variables ? say(key, written, asked) : undefined
        return sentence === undefined ? [] : [{ sentence, about: template }]
      }),
    )

const aboutConditions =
  (say: (condition: Condition, asked: Asked) => string | undefined): Rule['find'] =>
  (asked) =>
    asked.statement.conditions.flatMap((condition) => {
      const sentence = say(condition, asked)
      return sentence === undefined ? [] : [{ sentence, about: condition.key }]
    })

/** A finding about the actions of a statement that are about things of this kind, where its resources are none. */
const aboutMisfits =
  (kind: Misfit['kind'], say: (actions: string, arn: string) => string): Rule['find'] =>
  ({ statement }) => {
    const actions = misfitsOf(statement).flatMap((misfit) => (misfit.kind === kind ? [misfit.action] : []))
    const about = statement.resources?.written[0] ?? ''
    return actions.length === 0 ? [] : [{ about, sentence: say(list(actions), about) }]
  }

/** Actions that are about no entity: a statement whose Resource is an ARN never matches them. */
const withoutResource = new Set([
  ...['cognito-idp:createuserpool', 'cognito-idp:listuserpools', 'cognito-idp:describeuserpooldomain'],
  ...['cognito-identity:createidentitypool', 'cognito-identity:listidentitypools'],
  ...['cognito-identity:deleteidentities', 'cognito-identity:describeidentity'],
  ...[
    's3:listallmybuckets',
    'dynamodb:listtables',
    'dynamodb:describelimits',
    'sns:listtopics',
    'lambda:listfunctions',
  ],
  ...['kinesis:liststreams', 'iam:listroles', 'iam:listusers', 'iam:listgroups', 'iam:listpolicies'],
  ...['iam:getaccountsummary', 'iam:getaccountpasswordpolicy', 'iam:listaccountaliases', 'iam:simulatecustompolicy'],
  ...['iam:listopenidconnectproviders', 'iam:listsamlproviders', 'iam:listvirtualmfadevices'],
  ...['sts:getcalleridentity', 'sts:getaccesskeyinfo', 'sts:decodeauthorizationmessage', 'sts:getsessiontoken'],
])

/** Exact actions of the statement, as written, that are in the set. */
const namedIn = ({ actions }: Statement, set: ReadonlySet<string>) =>
  actions.negated ? [] : actions.written.filter((action) => set.has(action.toLowerCase()))

const list = (words: readonly string[]) => words.join(', ')

/** Providers whose keys are there only where their token went to STS itself. */
const directOnly = new Map([
  ['www.amazon.com:user_id', 'Amazon'],
  ['graph.facebook.com:id', 'Facebook'],
  ['accounts.google.com:sub', 'Google'],
])

const multiValued = new Set([
  amr,
  'aws:tagkeys',
  'dynamodb:leadingkeys',
  'dynamodb:attributes',
  's3:requestobjecttagkeys',
])

const webIdentity = 'sts:assumerolewithwebidentity'

/** The rules, each with its source in AWS's guides or in tutorials that are wrong. */
const rules: readonly Rule[] = [
  {
    rule: 'variables-need-version',
    find: ({ statement, policy }) =>
      policy.variables
        ? []
        : templatesOf(statement)
            .filter((template) => variablesOf(template).length > 0)
            .map((about) => ({
              about,
              sentence: `${about} is literal text here: only documents with "Version": "2012-10-17" know variables.`,
            })),
  },
  {
    rule: 'variable-without-value',
    find: aboutVariables((key, written, { whose }) => {
      if (key === 'aws:username' && whose === 'role') {
        return `\${${written}} has no value in a session of a role, so that this matches nothing; \${${cognito}:sub} or a principal tag has.`
      }
      const provider = directOnly.get(key)
      return provider && whose !== 'user' && whose !== 'group'
        ? `\${${written}} has a value only where a token of ${provider} went to STS directly; through an identity pool it is \${${cognito}:sub}.`
        : undefined
    }),
  },
  {
    rule: 'variable-same-for-all',
    find: aboutVariables((key, written, { whose }) =>
      key === 'aws:userid' && whose === 'role'
        ? `\${${written}} is the same for all users of an identity pool's role: they would share what this names.`
        : undefined,
    ),
  },
  {
    rule: 'variable-of-many-values',
    find: aboutVariables((key, written) =>
      multiValued.has(key) ? `\${${written}} has several values, and such a key cannot be a variable.` : undefined,
    ),
  },
  {
    rule: 'no-such-key',
    find: (asked) => {
      const say = (key: string) =>
        key.startsWith('cognito-idp.amazonaws.com:')
          ? `There is no key ${key}: with an identity pool it is ${cognito}:sub, the identity's id, or a principal tag.`
          : undefined
      return [...aboutVariables((key) => say(key))(asked), ...aboutConditions((one) => say(keyOf(one)))(asked)]
    },
  },
  {
    rule: 'amr-needs-any',
    find: aboutConditions((condition) =>
      keyOf(condition) === amr && !/^For(?:Any|All)/.test(condition.operator) && condition.operator !== 'Null'
        ? `${amr} has several values: ask with ForAnyValue:${baseOf(condition)}.`
        : undefined,
    ),
  },
  {
    rule: 'for-all-lets-absent-pass',
    find: aboutConditions((condition, { statement }) => {
      if (statement.effect !== 'Allow' || !condition.operator.startsWith('ForAllValues:')) return undefined
      const key = keyOf(condition)
      const asksPresence = statement.conditions.some(
        (other) => other.operator === 'Null' && keyOf(other) === key && other.expected.includes('false'),
      )
      if (asksPresence) return undefined
      if (key === 'dynamodb:leadingkeys') {
        return matchesAction(statement.actions, 'dynamodb:scan')
          ? 'Scan has no leading keys, and ForAllValues holds for none: this allows to read the whole table.'
          : undefined
      }
      return `ForAllValues also holds where the request has no ${condition.key}: add "Null": { "${condition.key}": "false" }.`
    }),
  },
  {
    rule: 'wildcard-is-literal',
    find: aboutConditions((condition) =>
      /^String(?:Not)?Equals/.test(baseOf(condition)) && condition.expected.some((value) => /(?<!\$\{)[*]/.test(value))
        ? `${condition.operator} compares the star of ${list(condition.expected)} as it is; StringLike knows wildcards.`
        : undefined,
    ),
  },
  {
    rule: 'bucket-is-no-object',
    find: aboutMisfits(
      'object',
      (actions, arn) => `${actions} is about objects, and ${arn} is a bucket: objects are ${arn}/*.`,
    ),
  },
  {
    rule: 'object-is-no-bucket',
    find: aboutMisfits(
      'bucket',
      (actions, arn) => `${actions} is about buckets, and ${arn} names objects: the bucket is ${arn.split('/')[0]}.`,
    ),
  },
  {
    rule: 'bucket-has-no-place',
    find: ({ statement: { resources } }) =>
      (resources?.written ?? []).filter(misplacedBy).map((about) => ({
        about,
        sentence: `${about} matches nothing: the ARNs of buckets and objects have no region and no account.`,
      })),
  },
  {
    rule: 'action-has-no-resource',
    find: ({ statement }) => {
      const { resources } = statement
      const everyBucket = resources?.written.some((arn) => /^arn:[^:]*:s3:::\*$/.test(arn))
      const actions = namedIn(statement, withoutResource).filter(
        (action) => !everyBucket || action.toLowerCase() !== 's3:listallmybuckets',
      )
      const anywhere = resources?.any || resources?.written.some((arn) => /^[*:]*$/.test(arn)) || resources?.negated
      if (actions.length === 0 || !resources || anywhere) return []
      return actions.map((about) => ({ about, sentence: `${about} is about no resource: it is matched by "*" only.` }))
    },
  },
  {
    rule: 'allow-not-action',
    find: ({ statement: { effect, actions } }) =>
      effect === 'Allow' && actions.negated
        ? [{ about: 'NotAction', sentence: 'Allow with NotAction allows every other action there is or will be.' }]
        : [],
  },
  {
    rule: 'trust-of-everyone',
    find: ({ statement, policy }) =>
      policy.kind === 'trust' &&
      statement.effect === 'Allow' &&
      statement.principals?.everyone &&
      statement.conditions.length === 0
        ? [{ about: '*', sentence: 'Every principal of every account may assume this role.' }]
        : [],
  },
  {
    rule: 'web-identity-needs-audience',
    find: ({ statement, policy }) => {
      const { principals, effect, conditions, actions } = statement
      if (policy.kind !== 'trust' || effect !== 'Allow' || !matchesAction(actions, webIdentity)) return []
      return [...(principals?.federated ?? [])]
        .filter((one) => !one.includes(':saml-provider/'))
        .flatMap((about) => {
          const issuer = issuerOf(about).toLowerCase()
          const keys = controlsOf(about)
          const bound =
            keys.length > 0
              ? asksOne(statement, keys)
              : conditions.some((one) => keyOf(one).startsWith(`${issuer}:`) && !keyOf(one).endsWith(':amr'))
          const asked = keys.length > 0 ? keys.join(' or ') : `${issuer}:aud or :sub`
          const sentence = `No condition asks for ${asked}: every token of ${issuer} that STS takes is let in.`
          return bound ? [] : [{ about, sentence }]
        })
    },
  },
  {
    rule: 'audience-is-no-identity-pool',
    find: aboutConditions((condition, { policy }) => {
      if (policy.kind !== 'trust' || keyOf(condition) !== aud || baseOf(condition) === 'StringLike') return undefined
      const wrong = condition.expected.find((value) => !/^[\w-]+:[0-9a-f-]+$/.test(value) && !value.includes('${'))
      return wrong === undefined ? undefined : `${aud} is the id of an identity pool, and ${wrong} is none.`
    }),
  },
  {
    rule: 'federated-needs-its-action',
    find: ({ statement, policy }) => {
      const { principals, effect, actions } = statement
      if (policy.kind !== 'trust' || effect !== 'Allow') return []
      const may = (action: string) => matchesAction(actions, action)
      return [...(principals?.federated ?? [])].flatMap((about) => {
        const action = about.includes(':saml-provider/') ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRoleWithWebIdentity'
        return may(action.toLowerCase()) || !may('sts:assumerole')
          ? []
          : [{ about, sentence: `${about} assumes roles with ${action}, which this does not allow.` }]
      })
    },
  },
  {
    rule: 'service-is-federated',
    find: ({ statement, policy }) =>
      policy.kind === 'trust' && statement.principals?.services.has(cognito)
        ? [{ about: cognito, sentence: `Identity pools are no service principal: write "Federated": "${cognito}".` }]
        : [],
  },
  {
    rule: 'certificates-need-an-anchor',
    find: ({ statement, policy }) => {
      const { principals, effect, conditions } = statement
      if (policy.kind !== 'trust' || effect !== 'Allow' || !principals?.services.has(anywhere)) return []
      const sentence = 'No condition asks for aws:SourceArn: the certificates of every trust anchor are let in.'
      return conditions.some((one) => keyOf(one) === 'aws:sourcearn') ? [] : [{ about: anywhere, sentence }]
    },
  },
]

/** What is wrong with a policy that was accepted, in the order of its statements. */
export const hintsFor = (policy: Policy, whose?: Whose): Hint[] =>
  policy.statements.flatMap((statement) =>
    rules.flatMap(({ rule, find }) =>
      find({ statement, policy, whose }).map((finding) => ({ rule, statement: statement.index, ...finding })),
    ),
  )
