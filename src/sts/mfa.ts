/** The second factor of those who have long-term keys. AWS: IAM User Guide, "Secure API access with MFA". */
import { provesMfa } from '../iam/mfa-devices/verify.ts'
import { AwsError } from '../wire/errors.ts'
import type { Context } from '../wire/operation.ts'

export type MfaRequest = { SerialNumber?: string; TokenCode?: string }

const denied = (message: string) =>
  new AwsError('AccessDenied', `MultiFactorAuthentication failed${message}`, { status: 403 })

/**
 * When the second factor was proved, in epoch milliseconds; undefined if none was given. Refuses a wrong one, half of one,
 * and that of somebody who is no user: root's devices are not kept here.
 */
export async function proveMfa(
  { world, caller }: Context,
  { SerialNumber, TokenCode }: MfaRequest,
): Promise<number | undefined> {
  if (SerialNumber === undefined && TokenCode === undefined) return undefined
  if (SerialNumber === undefined || TokenCode === undefined || caller.kind !== 'user') {
    throw denied(
      ', unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.',
    )
  }
  if (await provesMfa(world, caller.userId, SerialNumber, TokenCode)) return world.now()
  throw denied(' with invalid MFA one time pass code. ')
}
