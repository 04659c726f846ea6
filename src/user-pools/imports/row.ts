/** One row of an import file as a user to be, or why it is none. AWS: "Formatting the CSV file", "Interpreting the results". */
import { type HashAlgorithm, judgeHash } from '../../protocols/password-hashes.ts'
import { AwsError } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { reachable } from '../mfa/factors.ts'
import type { Pool } from '../pools/pool.ts'
import { checkAttributes } from '../pools/schema.ts'
import { markUnverified } from '../users/change.ts'
import { newUser, readUsername } from '../users/new-user.ts'
import type { User, UserStatus } from '../users/user.ts'
import { hashColumn, mfaColumn, usernameColumn } from './columns.ts'
import { splitValues } from './csv.ts'

/** `mfa`: the user is to use MFA, where the pool leaves it to them. */
export type Newcomer = { readonly user: User; readonly hash: string | undefined; readonly mfa: boolean }

/** Why a row is refused: a sentence for the report, which names no user's data. */
class RowRefusal extends Error {}

const refuse = (reason: string): never => {
  throw new RowRefusal(reason)
}

/** Texts of the report. The first two are AWS's; unproved: the others. */
export const reasons = {
  exists: 'The user already exists.',
  unverified:
    'The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).',
  internal: 'The user could not be imported because of an internal error.',
  'too-long': 'The row is longer than 16000 characters.',
  'not-utf-8': 'The row is not in UTF-8 format.',
  values: (found: number, wanted: number) => `The row has ${found} values where the header has ${wanted}.`,
  taken: (name: string) => `An account with the given ${name} already exists.`,
  username: 'The cognito:username is missing.',
  usernameForm: 'The cognito:username must have 1 to 128 characters and neither spaces nor tabs.',
  mfa: 'The value of cognito:mfa_enabled must be true, false or blank.',
  mfaRequired: 'The value of cognito:mfa_enabled must be true or blank, because the user pool requires MFA.',
  mfaOff: 'The value of cognito:mfa_enabled must be false or blank, because the user pool has no MFA.',
  mfaUnreachable: 'The row sets cognito:mfa_enabled, but no second factor of the user pool can reach the user.',
  birthdate: 'The birthdate must be in the format mm/dd/yyyy.',
  updatedAt: 'The value of updated_at must be epoch time in seconds.',
  required: (name: string) => `The attribute ${name} is required.`,
  noAlgorithm: 'The row has a password_hash, but the import job has no password hashing algorithm.',
  malformed: 'The password_hash does not have the format of the password hashing algorithm.',
  'too-costly': 'A parameter of the password_hash is above the maximum of the password hashing algorithm.',
} as const

/**
 * The user that the row of a file with those columns makes; or the reason why it makes none. Whether their names are
 * free is not asked here.
 */
export function readRow(
  world: World,
  pool: Pool,
  columns: readonly string[],
  algorithm: HashAlgorithm | undefined,
  text: string,
): Newcomer | { readonly reason: string } {
  try {
    const values = splitValues(text)
    if (values.length !== columns.length) return refuse(reasons.values(values.length, columns.length))
    const given = new Map(columns.map((name, index) => [name, values[index] ?? '']))
    const username = readName(given.get(usernameColumn) ?? '')
    const wantsMfa = readMfa(pool, given.get(mfaColumn) ?? '')
    const attributes = readAttributes(pool, username, given)
    const hash = readHash(algorithm, given.get(hashColumn) ?? '')
    const user = newUser(world, pool, username, attributes, statusOf(pool, attributes, hash))
    const mfa = wantsMfa && pool.settings.MfaConfiguration === 'OPTIONAL'
    // unproved: AWS imports such a user, who then cannot sign in; here they could, without MFA.
    if (mfa && reachable(pool, user, false).length === 0) refuse(reasons.mfaUnreachable)
    return { user: { ...user, hasPassword: hash !== undefined }, hash, mfa }
  } catch (error) {
    if (error instanceof RowRefusal) return { reason: error.message }
    // The schema's and the username's own refusals: sentences about names of attributes, never about values.
    if (error instanceof AwsError) return { reason: error.message.trim().replaceAll('\n', ' ') }
    throw error
  }
}

function readName(username: string): string {
  if (username === '') refuse(reasons.username)
  // AWS: UsernameType.
  return /^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$/u.test(username) && username.length <= 128
    ? username
    : refuse(reasons.usernameForm)
}

/** AWS: "The cognito:mfa_enabled field must correspond to the MFA requirements of your user pool." */
function readMfa(pool: Pool, given: string): boolean {
  if (given === '') return false
  if (!/^(true|false)$/i.test(given)) refuse(reasons.mfa)
  const wanted = given.toLowerCase() === 'true'
  if (pool.settings.MfaConfiguration === 'ON' && !wanted) refuse(reasons.mfaRequired)
  if (pool.settings.MfaConfiguration === 'OFF' && wanted) refuse(reasons.mfaOff)
  return wanted
}

function readAttributes(pool: Pool, username: string, given: ReadonlyMap<string, string>): Record<string, string> {
  const written: Record<string, string> = {}
  for (const [name, value] of given)
    if (value !== '' && !notAttributes.has(name)) written[name] = forms[name]?.(value) ?? value
  const attributes = markUnverified(readUsername(pool, username, written))
  checkAttributes(pool, attributes, 'admin-create')
  for (const { Name, Required } of pool.schema)
    if (Required && Name !== 'sub' && !attributes[Name]) refuse(reasons.required(Name))
  for (const channel of ['email', 'phone_number'])
    if (attributes[`${channel}_verified`] === 'true' && !attributes[channel]) refuse(reasons.required(channel))
  const automatic = pool.settings.AutoVerifiedAttributes ?? []
  if (!automatic.some((channel) => attributes[`${channel}_verified`] === 'true')) refuse(reasons.unverified)
  return { ...attributes }
}

const notAttributes: ReadonlySet<string> = new Set([usernameColumn, mfaColumn, hashColumn])

/** Our own spelling of TRUE; anything else is the schema's to refuse. */
const flag = (value: string) => (/^(true|false)$/i.test(value) ? value.toLowerCase() : value)

const forms: Readonly<Record<string, (value: string) => string>> = {
  email_verified: flag,
  phone_number_verified: flag,
  // unproved: kept as it is written, as AWS keeps every string; the claim is then not in OIDC's own format.
  birthdate: (value) => (isDate(value) ? value : refuse(reasons.birthdate)),
  updated_at: (value) => (/^\d{1,15}$/.test(value) ? value : refuse(reasons.updatedAt)),
}

/** mm/dd/yyyy, and a day that exists. */
function isDate(value: string): boolean {
  const [, month, day, year] = /^(\d\d)\/(\d\d)\/(\d{4})$/.exec(value) ?? []
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day)
}

function readHash(algorithm: HashAlgorithm | undefined, text: string): string | undefined {
  if (text === '') return undefined
  if (!algorithm) return refuse(reasons.noAlgorithm)
  const judgement = judgeHash(algorithm, text)
  return judgement === 'good' ? text : refuse(reasons[judgement])
}

const factors = { EMAIL_OTP: 'email', SMS_OTP: 'phone_number' } as const

/** AWS: CONFIRMED with a password hash or an address for an allowed one-time password, otherwise RESET_REQUIRED. */
function statusOf(pool: Pool, attributes: Readonly<Record<string, string>>, hash: string | undefined): UserStatus {
  const passwordless = pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors.some(
    (factor) => factor in factors && attributes[factors[factor as keyof typeof factors]],
  )
  return hash !== undefined || passwordless ? 'CONFIRMED' : 'RESET_REQUIRED'
}
