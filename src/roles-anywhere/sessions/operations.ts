/**
 * Sessions: temporary credentials for the holder of a certificate.
 *
 * Owns no table. Never gives more than the role's trust policy and the profile both allow.
 * AWS: IAM Roles Anywhere User Guide, "CreateSession API".
 */
import type { Operation } from '../../wire/operation.ts'
import { operation } from '../doors.ts'
import { certified } from './proof.ts'
import { createSession } from './session.ts'

export const CreateSession = operation('CreateSession', certified, async (wanted, context) => {
  const { session, packed, sourceIdentity, subjectArn } = await createSession(context, wanted)
  const { Arn: arn, AssumedRoleId: assumedRoleId } = session.assumedRole
  const credentials = {
    accessKeyId: session.AccessKeyId,
    secretAccessKey: session.SecretAccessKey,
    sessionToken: session.SessionToken,
    expiration: session.Expiration,
  }
  const { roleArn } = wanted
  const assumedRoleUser = { arn, assumedRoleId }
  return {
    credentialSet: [{ assumedRoleUser, credentials, packedPolicySize: packed, roleArn, sourceIdentity }],
    subjectArn,
  }
})

export const operations: Operation[] = [CreateSession]
