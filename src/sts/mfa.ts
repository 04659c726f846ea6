/** The second factor of those who have long-term keys. AWS: IAM User Guide, "Secure API access with MFA". */
import { AwsError } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'

export type MfaRequest = { SerialNumber?: string; TokenCode?: string }

/** When the second factor was proved, in epoch milliseconds; undefined if none was given. Refuses a wrong one. */
export async function proveMfa(_: Context, { SerialNumber, TokenCode }: MfaRequest): Promise<number | undefined> {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined
  throw new AwsError(
    'AccessDenied',
    'MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    { status: 403 },
  )
}
