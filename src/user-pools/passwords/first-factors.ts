/** Whether a user of the pool can do without a password. AWS: API_SignUp, Password: where an OTP is a first factor. */
import type { Pool } from '../pools/pool.ts'

export const mayLackPassword = (pool: Pool): boolean =>
  pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors.some(
    (factor) => factor === 'EMAIL_OTP' || factor === 'SMS_OTP',
  )
