/** What AWS refuses in a new document, and still evaluates where it is already stored. */
import type { Refuse } from './grammar.ts'
import { mayBeEmpty, splitArn } from './pattern.ts'
import { misfitsOf, misplacedBy } from './s3-actions.ts'
import { asksOne, controlRefusal, controlsOf } from './shared-issuers.ts'
import { matchesAction, type Policy, type Statement } from './statement.ts'

/** Refuses a document that could be evaluated, and may not be saved. */
export function checkSaved({ kind, statements, allows }: Policy, refuse: Refuse): void {
  if (kind === 'trust') for (const statement of allows) checkControls(statement, refuse)
  else if (kind === 'resource') for (const statement of statements) checkMisfits(statement, refuse)
  else for (const { resources } of statements) for (const arn of resources?.written ?? []) checkArn(arn, refuse)
}

/** Who trusts a provider of many must say whom of them (for identity pools, CVE-2024-28056). */
function checkControls(statement: Statement, refuse: Refuse): void {
  if (!matchesAction(statement.actions, 'sts:assumerolewithwebidentity')) return
  for (const principal of statement.principals?.federated ?? []) {
    const keys = controlsOf(principal)
    if (keys.length > 0 && !asksOne(statement, keys)) refuse(controlRefusal(principal, keys))
  }
}

function checkMisfits(statement: Statement, refuse: Refuse): void {
  if (misfitsOf(statement).length > 0) refuse('Action does not apply to any resource(s) in statement')
}

const iamPaths = [
  ...['user/', 'federated-user/', 'role/', 'group/', 'instance-profile/', 'mfa/', 'server-certificate/', 'policy/'],
  ...['sms-mfa/', 'saml-provider/', 'oidc-provider/', 'report/', 'access-report/'],
]
/** Things of IAM that are younger than AWS's sentence about its paths. */
const youngerPaths = ['delegation-request/']

function checkArn(arn: string, refuse: Refuse): void {
  if (misplacedBy(arn) === 'region') refuse(`Resource ${arn} can not contain region information.`)
  const [, , service, region = '', , path = ''] = splitArn(arn) ?? []
  if (service !== 'iam') return
  if (!mayBeEmpty(region)) refuse(`IAM resource ${arn} cannot contain region information.`)
  const known = [...iamPaths, ...youngerPaths].some((start) => path.startsWith(start))
  if (path !== '*' && path !== 'root' && !known)
    refuse(`IAM resource path must either be "*", root, or start with ${iamPaths.join(', ')}.`)
}
