/** What a rule of sign-in is configured with, in the load balancer's spelling and with its defaults. AWS: API_AuthenticateCognitoActionConfig, API_AuthenticateOidcActionConfig. */
import { hash } from 'node:crypto'

type Common = {
  readonly SessionCookieName?: string
  /** Space-separated. */
  readonly Scope?: string
  /** Seconds. */
  readonly SessionTimeout?: number
  readonly AuthenticationRequestExtraParams?: Readonly<Record<string, string>>
  readonly OnUnauthenticatedRequest?: 'authenticate' | 'allow' | 'deny'
}

export type CognitoSettings = Common & {
  readonly type: 'authenticate-cognito'
  readonly UserPoolArn: string
  readonly UserPoolClientId: string
  /** A prefix or a full name. */
  readonly UserPoolDomain: string
  /** Only for pools of AWS's: the secrets of our own are known. */
  readonly ClientSecret?: string
}

export type OidcSettings = Common & {
  readonly type: 'authenticate-oidc'
  readonly Issuer: string
  readonly AuthorizationEndpoint: string
  readonly TokenEndpoint: string
  readonly UserInfoEndpoint: string
  readonly ClientId: string
  readonly ClientSecret: string
}

export type SignInSettings = CognitoSettings | OidcSettings

/** Settings with their defaults, and the name that ties states and sessions to them. */
export type Rule = Required<Omit<Common, 'SessionTimeout'>> & {
  readonly provider: SignInSettings
  readonly clientId: string
  /** Milliseconds. */
  readonly timeout: number
  /** A state or a session of one rule is none of another's: another provider, client or cookie has another id. */
  readonly id: string
}

const days = 86_400

export function ruleOf(provider: SignInSettings): Rule {
  const cognito = provider.type === 'authenticate-cognito'
  const clientId = cognito ? provider.UserPoolClientId : provider.ClientId
  const SessionCookieName = provider.SessionCookieName ?? 'AWSELBAuthSessionCookie'
  const issuer = cognito ? provider.UserPoolArn : provider.Issuer
  return {
    provider,
    clientId,
    SessionCookieName,
    Scope: provider.Scope ?? 'openid',
    timeout: (provider.SessionTimeout ?? 7 * days) * 1000,
    AuthenticationRequestExtraParams: provider.AuthenticationRequestExtraParams ?? {},
    OnUnauthenticatedRequest: provider.OnUnauthenticatedRequest ?? 'authenticate',
    id: hash('sha256', JSON.stringify([issuer, clientId, SessionCookieName]), 'base64url').slice(0, 22),
  }
}
