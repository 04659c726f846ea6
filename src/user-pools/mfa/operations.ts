/**
 * Second factors: what a pool has on, what a user has and prefers, and how an authenticator app is set up. Owns the
 * tables software_tokens and mfa_preferences; never signs anybody in and never shows a seed twice.
 * AWS: API reference, SetUserPoolMfaConfig, SetUserMFAPreference, AssociateSoftwareToken, VerifySoftwareToken,
 * GetUserAuthFactors and their neighbours; Developer Guide, "Adding MFA to a user pool".
 */
import { fail } from '../../wire/errors.ts'
import type { Door, Operation } from '../../wire/operation.ts'
import type { World } from '../../world.ts'
import { admin, operation, user as signedIn } from '../doors.ts'
import { changeSettings } from '../pools/change.ts'
import type { Pool } from '../pools/pool.ts'
import { countRequest } from '../risk/rates.ts'
import { burnSetUp, openSetUp, type SetUp, sealSetUp, turnOf } from '../sign-in/set-up-session.ts'
import type { Turn } from '../sign-in/turn.ts'
import { requireUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { configuredFactors } from './first-factors.ts'
import { changeConfig, describeConfig } from './pool-config.ts'
import { describeMfa, setPreferences, type Wish, type Wishes } from './preferences.ts'
import {
  associate,
  checkSoftwareTokens,
  makeSeed,
  removeSoftwareToken,
  secretCode,
  verifyFirst,
  verifyPending,
} from './software-token.ts'

export const GetUserPoolMfaConfig = operation('GetUserPoolMfaConfig', admin, (_, { pool }) =>
  describeConfig(pool.settings),
)

export const SetUserPoolMfaConfig = operation(
  'SetUserPoolMfaConfig',
  admin,
  async ({ UserPoolId, ...wanted }, { world, pool }) =>
    describeConfig(await changeSettings(world, pool, (before) => changeConfig(before, wanted))),
)

type Settings = {
  SMSMfaSettings?: Wish
  SoftwareTokenMfaSettings?: Wish
  EmailMfaSettings?: Wish
  WebAuthnMfaSettings?: Wish
}

const wishesOf = (input: Settings): Wishes => ({
  SMS_MFA: input.SMSMfaSettings,
  SOFTWARE_TOKEN_MFA: input.SoftwareTokenMfaSettings,
  EMAIL_OTP: input.EmailMfaSettings,
  WEB_AUTHN: input.WebAuthnMfaSettings,
})

export const AdminSetUserMFAPreference = operation(
  'AdminSetUserMFAPreference',
  admin,
  async ({ Username, ...input }, { world, pool }) => {
    await setPreferences(world, pool, await requireUser(world, pool, Username), wishesOf(input))
    return {}
  },
)

export const SetUserMFAPreference = operation(
  'SetUserMFAPreference',
  signedIn,
  async (input, { world, pool, user }) => {
    await setPreferences(world, pool, user, wishesOf(input))
    return {}
  },
)

/** The older form, for SMS alone: a list that names it, or an empty one. unproved: the sentence. */
async function setOptions(
  world: World,
  pool: Pool,
  user: User,
  options: readonly { DeliveryMedium?: string; AttributeName?: string }[],
): Promise<void> {
  for (const { DeliveryMedium, AttributeName } of options) {
    if (DeliveryMedium !== 'SMS' || AttributeName !== 'phone_number') {
      fail('InvalidParameterException', 'MFAOptions can only be SMS by phone_number.')
    }
  }
  await setPreferences(world, pool, user, { SMS_MFA: { Enabled: options.length > 0 } })
}

export const AdminSetUserSettings = operation(
  'AdminSetUserSettings',
  admin,
  async ({ Username, MFAOptions }, { world, pool }) => {
    await setOptions(world, pool, await requireUser(world, pool, Username), MFAOptions)
    return {}
  },
)

export const SetUserSettings = operation('SetUserSettings', signedIn, async ({ MFAOptions }, { world, pool, user }) => {
  await setOptions(world, pool, user, MFAOptions)
  return {}
})

type SettingUp = { readonly pool: Pool; readonly user: User; readonly step?: { setUp: SetUp; turn: Turn } }

/** Whoever is signed in, or signing in and asked to set a factor up: an access token or a Session, not both. */
const settingUp = (stage: SetUp['stage']): Door<{ AccessToken?: string; Session?: string }, SettingUp> => ({
  signed: false,
  async admit({ AccessToken, Session }, context) {
    const { world } = context
    // unproved: AWS's sentence for both or neither.
    if ((AccessToken === undefined) === (Session === undefined)) {
      fail('InvalidParameterException', 'Exactly one of AccessToken and Session must be given.')
    }
    if (AccessToken !== undefined) {
      const { pool, user } = await signedIn.admit({ AccessToken }, context)
      return { pool, user }
    }
    const setUp = openSetUp(world, Session ?? '', [stage])
    const { turn, user } = await turnOf(world, setUp)
    await countRequest(world, turn.pool, context.operation)
    return { pool: turn.pool, user, step: { setUp, turn } }
  },
})

export const AssociateSoftwareToken = operation(
  'AssociateSoftwareToken',
  settingUp('asked'),
  async (_, { world, pool, user, step }) => {
    checkSoftwareTokens(pool)
    if (!step) return { SecretCode: await associate(world, pool, user) }
    const { setUp, turn } = step
    await burnSetUp(turn, setUp)
    const seed = makeSeed(world)
    const Session = sealSetUp(turn, { ...setUp, stage: 'associated', seed: seed.toString('hex') })
    return { SecretCode: secretCode(seed), Session }
  },
)

/** AWS sets no limit; a device's name has this one. */
const longestName = 1_024

export const VerifySoftwareToken = operation(
  'VerifySoftwareToken',
  settingUp('associated'),
  async ({ UserCode, FriendlyDeviceName }, { world, pool, user, step }) => {
    checkSoftwareTokens(pool)
    const name = FriendlyDeviceName?.slice(0, longestName)
    if (!step) {
      await verifyPending(world, pool, user, UserCode, name)
      return { Status: 'SUCCESS' as const }
    }
    const { setUp, turn } = step
    // A wrong code leaves the Session for another try; only one right code can ever be taken with it.
    await verifyFirst(world, pool, user, Buffer.from(setUp.seed ?? '', 'hex'), UserCode, name)
    await burnSetUp(turn, setUp)
    const { seed, ...rest } = setUp
    return { Status: 'SUCCESS' as const, Session: sealSetUp(turn, { ...rest, stage: 'verified' }) }
  },
)

export const AdminDeleteSoftwareToken = operation(
  'AdminDeleteSoftwareToken',
  admin,
  async ({ Username }, { world, pool }) => {
    await removeSoftwareToken(world, pool, await requireUser(world, pool, Username))
    return {}
  },
)

async function describeFactors(world: World, pool: Pool, user: User) {
  const { MFAOptions, ...described } = await describeMfa(world, pool, user)
  return {
    Username: user.username,
    ...described,
    ConfiguredUserAuthFactors: await configuredFactors(world, pool, user),
  }
}

export const AdminGetUserAuthFactors = operation(
  'AdminGetUserAuthFactors',
  admin,
  async ({ Username }, { world, pool }) => describeFactors(world, pool, await requireUser(world, pool, Username)),
)

export const GetUserAuthFactors = operation('GetUserAuthFactors', signedIn, (_, { world, pool, user }) =>
  describeFactors(world, pool, user),
)

export const operations: readonly Operation[] = [
  GetUserPoolMfaConfig,
  SetUserPoolMfaConfig,
  AdminSetUserMFAPreference,
  SetUserMFAPreference,
  AdminSetUserSettings,
  SetUserSettings,
  AssociateSoftwareToken,
  VerifySoftwareToken,
  AdminDeleteSoftwareToken,
  AdminGetUserAuthFactors,
  GetUserAuthFactors,
]
