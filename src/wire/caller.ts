/** Who signed a request, as the rest of the product needs to know them. */

/** One set of credentials' owner. `context` are the condition keys that the credentials carry into every request. */
export type Caller = {
  readonly kind: 'root' | 'user' | 'role' | 'federated' | 'anonymous'
  readonly account: string
  /** As messages print it: the session's ARN for a role session. Empty for anonymous. */
  readonly arn: string
  /** `aws:userid`: account id, `AIDA…`, `AROA…:session`. */
  readonly userId: string
  readonly accessKeyId: string
  /** Role sessions: the role's ARN with its path. */
  readonly roleArn?: string
  readonly roleId?: string
  /** The federated provider the session came from, such as `cognito-identity.amazonaws.com`. */
  readonly provider?: string
  /** Session policies as documents; undefined when none were passed. */
  readonly sessionPolicies?: readonly string[]
  /** `cognito-identity.amazonaws.com:sub`, `aws:PrincipalTag/…` and their like. */
  readonly context: Readonly<Record<string, string | readonly string[]>>
  /** Epoch milliseconds; temporary credentials only. */
  readonly issuedAt?: number
}

/** The caller of an unsigned request. */
export const anonymous: Caller = {
  kind: 'anonymous',
  account: '',
  arn: '',
  userId: 'anonymous',
  accessKeyId: '',
  context: {},
}
