/**
 * Claims of single providers that a trust policy may ask about, each under the provider's name. AWS: Service Authorization
 * Reference, "AWS Security Token Service", AssumeRoleWithWebIdentity.
 */
import type { Claims } from '../../protocols/jwt.ts'

type Row = { readonly providers: RegExp; readonly claims: readonly string[] }

const rows: readonly Row[] = [
  {
    providers:
      /^(?:token\.actions\.githubusercontent\.com(?:\/.+)?|token\.actions\.[\w.-]+\.ghe\.com|github\.com\/enterprises\/[^/]+)$/,
    claims: [
      ...['actor', 'actor_id', 'enterprise_id', 'environment', 'job_workflow_ref', 'ref'],
      ...['repository', 'repository_id', 'repository_owner_id', 'workflow'],
    ],
  },
  {
    providers: /^gitlab\.com$/,
    claims: [
      ...['namespace_id', 'pipeline_source', 'project_id', 'ref_protected', 'runner_environment'],
      ...['user_access_level', 'user_email', 'user_id', 'user_login'],
    ],
  },
  {
    providers: /^agent\.(?:buildkite\.com|[\w.-]+\.buildkite\.(?:dev|site))$/,
    claims: [
      ...['build_branch', 'cluster_id', 'cluster_name', 'organization_id', 'organization_slug'],
      ...['pipeline_id', 'pipeline_slug'],
    ],
  },
  { providers: /^oidc\.circleci\.com\/org\/[^/]+$/, claims: ['oidc.circleci.com/project-id'] },
  { providers: /^idcs-[^./]+\.identity\.oraclecloud\.com$/, claims: ['rpst_id'] },
]

/** The condition keys that the provider of that name has beside those of every provider. */
export function claimKeys(name: string, claims: Claims): Record<string, string> {
  const told = rows.find(({ providers }) => providers.test(name))?.claims ?? []
  return Object.fromEntries(
    told.flatMap((claim) => {
      const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined
      // Some issuers print numbers and truths, some their texts; conditions compare texts.
      return ['string', 'number', 'boolean'].includes(typeof value) ? [[`${name}:${claim}`, String(value)]] : []
    }),
  )
}
