/**
 * OpenID Connect providers that issue for many organisations under one name: a trust policy must say whom of them it means, else
 * it lets in everybody's (AWS: IAM User Guide, "Identity-provider controls for shared OIDC providers").
 */
import type { Statement } from './statement.ts'

const cognito = 'cognito-identity.amazonaws.com'
const github = 'token.actions.githubusercontent.com'

/** The claim that tells the tenants of an issuer apart. */
const claims: ReadonlyMap<string, string> = new Map([
  [cognito, 'aud'],
  ['agent.buildkite.com', 'sub'],
  ['api.pulumi.com/oidc', 'aud'],
  ['app.terraform.io', 'sub'],
  ['gitlab.com', 'sub'],
  ['oidc-configuration.audit-log.githubusercontent.com', 'sub'],
  ['oidc.codefresh.io', 'sub'],
  ['oidc.op1.openshiftapps.com/2c51blsaqa9gkjt0o9rt11mle8mmropu', 'sub'],
  ['oidc.op1.openshiftapps.com/2f785sojlpb85i7402pk3qogugim5nfb', 'sub'],
  ['oidc.vercel.com', 'aud'],
  ['proidc.upbound.io', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/22ejnvnnturfmt6km08idd0nt4hekbn7', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/23e3sd27sju1hoou6ohfs68vbno607tr', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/23ne21h005qjl3n33d8dui5dlrmv2tmg', 'sub'],
  ['rh-oidc.s3.us-east-1.amazonaws.com/24jrf12m5dj7ljlfb4ta2frhrcoadm26', 'sub'],
  ['sandboxes.cloud', 'aud'],
  ['scalr.io', 'sub'],
  ['studio.datachain.ai/api', 'sub'],
  ['tokens.cloud.shisho.dev', 'sub'],
  ['vstoken.actions.githubusercontent.com', 'sub'],
])

/** Microsoft Sentinel's tokens are of one tenant for all; its sessions bear the workspace's name. */
const sentinel = 'sts.windows.net/33e01921-4d64-4f8c-a055-5bdaffd5e33d'

/** The issuer that a Federated principal stands for, as condition keys name it. */
export const issuerOf = (principal: string): string =>
  principal.replace(/^arn:[^/]*:oidc-provider\//, '').replace(/\/$/, '')

/** The condition keys of which a trust policy must ask one, if the provider is shared. */
export function controlsOf(principal: string): readonly string[] {
  const issuer = issuerOf(principal)
  const lowered = issuer.toLowerCase()
  if (lowered === sentinel) return ['sts:RoleSessionName']
  // Enterprises have issuers of their own below GitHub's, of which AWS asks the same.
  if (`${lowered}/`.startsWith(`${github}/`)) return [`${issuer}:sub`, `${issuer}:job_workflow_ref`]
  const claim = claims.get(lowered)
  return claim === undefined ? [] : [`${issuer}:${claim}`]
}

const positive = /^(?:ForAnyValue:)?String(?:Equals|EqualsIgnoreCase|Like)$/

/** Whether the statement asks one of the keys for something that not every token has. */
export function asksOne({ conditions }: Statement, keys: readonly string[]): boolean {
  const wanted = new Set(keys.map((key) => key.toLowerCase()))
  // unproved: that one star among several values counts as none; AWS has been seen to take such a list.
  return conditions.some(
    ({ operator, key, expected }) =>
      wanted.has(key.toLowerCase()) && positive.test(operator) && !expected.some((value) => /^[*?]*$/.test(value)),
  )
}

/** AWS's sentence for a principal whose controls are not asked. */
export const controlRefusal = (principal: string, keys: readonly string[]): string =>
  principal === cognito
    ? 'A condition block must be present for the Cognito provider'
    : `Trust policy with trusted principal ${principal} must evaluate, using StringEquals, StringLike or StringEqualsIgnoreCase, ${keys.join(' or ')} which is not scoped to all.`
