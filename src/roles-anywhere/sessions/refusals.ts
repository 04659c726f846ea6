/** How CreateSession refuses. Callers hear little; the log, and callers in development, hear why. */
import { AwsError } from '../../wire/errors.ts'

/**
 * AWS's sentences where they are known from reports of its signing helper's users: `Invalid signature`, `Untrusted signing
 * certificate`, `Insufficient certificate`, `Unable to assume role for …`.
 * A certificate that must not sign, by its key usage, hears the third of them.
 * unproved: which of them AWS says for other flaws of a certificate, and the sentences of everything else.
 */
export const sentences = {
  signature: 'Invalid signature',
  certificate: 'Untrusted certificate. Insufficient certificate',
  path: 'Untrusted signing certificate',
  revoked: 'Untrusted certificate. Certificate revoked',
  expired: 'Untrusted certificate. Certificate expired',
  'not-yet': 'Untrusted certificate. Certificate not yet valid',
  anchor: 'Trust anchor disabled',
  profile: 'Profile disabled',
  role: 'Role is not listed in the profile',
  name: 'The profile does not accept a role session name',
} as const

export type Reason = keyof typeof sentences

export const denied = (reason: Reason, explanation?: string): AwsError =>
  new AwsError('AccessDeniedException', sentences[reason], {
    status: 403,
    detail: explanation ?? reason,
    ...(explanation !== undefined && { explanation }),
  })
