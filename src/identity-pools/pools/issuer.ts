/** What the identity pools of every region are called, in trust policies and in the tokens that they issue. */
import type { Settings } from '../../world.ts'

/** In trust policies, and as the provider of a developer's tokens. */
export const provider = 'cognito-identity.amazonaws.com'

/** The `iss` of the tokens of all identity pools. No trailing slash. */
export const identityIssuer = ({ issuer }: Pick<Settings, 'issuer'>): string =>
  issuer === 'aws' ? `https://${provider}` : `${issuer}/cognito-identity`
