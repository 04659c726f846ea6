/** Who signed a request, as the rest of the product needs to know them. */

/** A policy document and the name under which explanations mention it. */
export type PolicySource = { readonly id: string; readonly text: string }

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
  /** Of a federated user: the ARN of the user who made it. */
  readonly federatedBy?: string
  /** The identity policies in force when the request was signed; absent means none. Root needs none. */
  readonly identityPolicies?: readonly PolicySource[]
  /** The permissions boundary of the user or role. */
  readonly boundary?: PolicySource | undefined
  /** Session policies as documents; undefined when none were passed. */
  readonly sessionPolicies?: readonly string[]
  /** Session tags that the roles assumed from this session inherit: their keys. */
  readonly transitiveTags?: readonly string[]
  /** `cognito-identity.amazonaws.com:sub`, `aws:PrincipalTag/…` and their like. */
  readonly context: Readonly<Record<string, string | readonly string[]>>
  /** Epoch milliseconds; temporary credentials only. */
  readonly issuedAt?: number
  /** Epoch milliseconds; temporary credentials only. */
  readonly expiresAt?: number
  /** Sign-ins at user pools that the credentials do not outlive, nor those that are made with them. */
  readonly signIns?: readonly { readonly userPoolId: string; readonly sub: string; readonly eventId: string }[]
  /** The delegation that the credentials do not outlive, nor those that are made with them: its request, and which release. */
  readonly delegation?: { readonly id: string; readonly releasedAt: number }
  /** When a second factor was proved for the session: epoch milliseconds. */
  readonly mfaAt?: number
  /** The operation of STS that made the credentials, where rules tell its sessions from others. */
  readonly madeBy?: 'AssumeRoot' | 'GetDelegatedAccessToken'
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
