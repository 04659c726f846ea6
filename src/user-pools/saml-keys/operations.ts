/**
 * The certificate that identity providers check a pool's signed SAML requests with. Owns the table saml_keys; never signs
 * a request: federation does, with samlKey. AWS: API_GetSigningCertificate; Developer Guide, "Signing SAML requests".
 */
import type { Operation } from '../../wire/operation.ts'
import { admin, operation } from '../doors.ts'
import { samlKey } from './key.ts'

export const GetSigningCertificate = operation('GetSigningCertificate', admin, async (_, { world, pool }) => {
  const { certificate } = await samlKey(world, pool)
  return { Certificate: certificate }
})

export const operations: readonly Operation[] = [GetSigningCertificate]
