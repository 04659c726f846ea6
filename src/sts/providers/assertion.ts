/**
 * SAML assertions of providers registered in IAM, as sign-in to AWS wants them: for whom they must be, how old they may be,
 * and what their attributes ask for. AWS: IAM User Guide, "Configure SAML assertions for the authentication response".
 */
import { findSamlProvider } from '../../iam/saml-providers/find.ts'
import type { SamlAssertion, SamlReason } from '../../protocols/saml/response.ts'
import type { World } from '../../world.ts'

export type { SamlAssertion } from '../../protocols/saml/response.ts'

/** AWS: AssumeRoleWithSAML, within five minutes of the assertion's issue. */
const mostAge = 300_000

/** The names that a provider may know us by: AWS's, so that providers set up for AWS fit, and our own. */
function namesOf({ settings }: Pick<World, 'settings'>) {
  const signIn = 'https://signin.aws.amazon.com/saml'
  const own = `${settings.publicUrl}/saml`
  const recipient = [signIn, `https://${settings.region}.signin.aws.amazon.com/saml`, own]
  return { recipient, audience: ['urn:amazon:webservices', ...recipient, settings.publicUrl] }
}

export type Asserted =
  | { readonly assertion: SamlAssertion; readonly providerName: string }
  | { readonly refusal: 'provider' | SamlReason }

/** What the provider of that ARN says in the response (base64), all of it verified. */
export async function readAssertion(world: World, providerArn: string, response: string): Promise<Asserted> {
  const provider = await findSamlProvider(world, providerArn)
  if (!provider) return { refusal: 'provider' }
  // The XML parser is loaded where it is used only.
  const { SamlError, verifySamlResponse } = await import('../../protocols/saml/response.ts')
  const keys = provider.privateKeys.map(({ pem }) => ({
    privatePem: pem,
    required: provider.encryption === 'Required',
  }))
  let refusal: SamlReason = 'not-encrypted'
  for (const decryption of keys.length > 0 ? keys : [undefined]) {
    try {
      const assertion = verifySamlResponse({
        metadata: provider.metadata,
        response,
        now: world.now(),
        mostAge,
        ...namesOf(world),
        ...(decryption && { decryption }),
      })
      return { assertion, providerName: provider.name }
    } catch (error) {
      if (!(error instanceof SamlError)) throw error
      world.log.info({ provider: providerArn, reason: error.reason, err: error }, 'assertion refused')
      refusal = error.reason
      // Another key may open it; nothing else gets better.
      if (refusal !== 'encryption') break
    }
  }
  return { refusal }
}

const prefix = 'https://aws.amazon.com/SAML/Attributes/'

/** The values of one of AWS's attributes. */
export const valuesOf = ({ attributes }: SamlAssertion, name: string): readonly string[] =>
  (Object.hasOwn(attributes, prefix + name) ? attributes[prefix + name] : undefined) ?? []

/** The roles offered for this provider: values are the ARNs of a role and of the provider, in either order. */
export const rolesOffered = (assertion: SamlAssertion, providerArn: string): string[] =>
  valuesOf(assertion, 'Role').flatMap((value) => {
    const arns = value.split(',').map((arn) => arn.trim())
    return arns.length === 2 && arns.includes(providerArn) ? arns.filter((arn) => arn !== providerArn) : []
  })

/** `PrincipalTag:<Key>` attributes by their keys. */
export const tagValues = ({ attributes }: SamlAssertion): { Key: string; values: readonly string[] }[] =>
  Object.entries(attributes)
    .filter(([name]) => name.startsWith(`${prefix}PrincipalTag:`))
    .map(([name, values]) => ({ Key: name.slice(`${prefix}PrincipalTag:`.length), values }))
