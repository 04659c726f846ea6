/** What people may do on their account page: each form a row, done by the API's own operations. Answers what the page says next. */
import { writable } from '../user-pools/clients/permissions.ts'
import { attributeOf } from '../user-pools/pools/schema.ts'
import { ask, type OwnVisit } from './own-visit.ts'
import type { Note, Visit } from './page.ts'
import type { Form } from './questions.ts'
import { maySendAgain } from './resend.ts'
import { destinationOf } from './sign-up.ts'

/** What people see of themselves, in this order, where the pool and the client let them write it. */
const known = (
  'name given_name middle_name family_name nickname preferred_username email phone_number birthdate gender address ' +
  'locale zoneinfo website profile picture'
).split(' ')

/** The attributes of the profile form: those that the pool requires, and those that the user has. */
export const profileNames = (
  { site: { pool }, request: { client } }: Visit,
  present: Readonly<Record<string, string>>,
): string[] =>
  known.filter((name) => {
    const attribute = attributeOf(pool, name)
    const wanted = attribute?.Required || present[name] !== undefined || name === 'email'
    return wanted && attribute?.Mutable !== false && writable(pool, client, name)
  })

type Delivered = { CodeDeliveryDetailsList?: { AttributeName?: string; Destination?: string }[] }

async function saveProfile(visit: OwnVisit, form: Form): Promise<Note> {
  const { attributes } = visit.here.user
  const changed = profileNames(visit, attributes).flatMap((Name) => {
    const Value = form.get(`requiredAttributes[${Name}]`) ?? ''
    return Value === (attributes[Name] ?? '') ? [] : [{ Name, Value }]
  })
  if (changed.length === 0) return {}
  const { CodeDeliveryDetailsList: [sent] = [] } = await ask<Delivered>(visit, 'UpdateUserAttributes', {
    UserAttributes: changed,
  })
  const verify =
    sent?.AttributeName === 'email' || sent?.AttributeName === 'phone_number' ? sent.AttributeName : undefined
  return { notice: visit.text.account.saved, verify, sentTo: sent?.Destination }
}

async function verify(visit: OwnVisit, form: Form): Promise<Note> {
  const { verify: AttributeName } = visit.note
  if (!AttributeName) return {}
  await ask(visit, 'VerifyUserAttribute', { AttributeName, Code: form.get('code') ?? '' })
  return { notice: visit.text.account.saved }
}

/** The address waits for its code all the same, whatever became of this one. */
async function verifyAgain(visit: OwnVisit): Promise<Note> {
  const { verify: AttributeName, sentTo } = visit.note
  const { confirm } = visit.text
  if (!AttributeName) return {}
  const waiting = { verify: AttributeName, sentTo }
  if (!(await maySendAgain(visit, visit.here.user.username, `verify-${AttributeName}`))) {
    return { ...waiting, notice: confirm.soon }
  }
  const sent = await ask(visit, 'GetUserAttributeVerificationCode', { AttributeName })
  return { ...waiting, sentTo: destinationOf(sent) ?? sentTo, notice: confirm.resent }
}

async function changePassword(visit: OwnVisit, form: Form): Promise<Note> {
  const ProposedPassword = form.get('new_password') ?? ''
  if (ProposedPassword !== form.get('confirm_password')) return { error: visit.text.failures.different }
  await ask(visit, 'ChangePassword', { PreviousPassword: form.get('password') ?? '', ProposedPassword })
  return { notice: visit.text.account.saved }
}

async function beginApp(visit: OwnVisit): Promise<Note> {
  const { SecretCode: secret } = await ask<{ SecretCode: string }>(visit, 'AssociateSoftwareToken')
  return { secret }
}

async function finishApp(visit: OwnVisit, form: Form): Promise<Note> {
  await ask(visit, 'VerifySoftwareToken', { UserCode: form.get('code') ?? '' })
  await ask(visit, 'SetUserMFAPreference', { SoftwareTokenMfaSettings: { Enabled: true, PreferredMfa: true } })
  return { notice: visit.text.account.saved }
}

const settings = {
  SMS_MFA: 'SMSMfaSettings',
  SOFTWARE_TOKEN_MFA: 'SoftwareTokenMfaSettings',
  EMAIL_OTP: 'EmailMfaSettings',
}

/** The one factor that is to be asked for; the others are off. */
async function prefer(visit: OwnVisit, form: Form): Promise<Note> {
  const chosen = form.get('answer') ?? ''
  const wishes = Object.entries(settings).map(([factor, member]) => [
    member,
    { Enabled: factor === chosen, PreferredMfa: factor === chosen },
  ])
  await ask(visit, 'SetUserMFAPreference', Object.fromEntries(wishes))
  return { notice: visit.text.account.saved }
}

const remove =
  (operation: string, member: string) =>
  async (visit: OwnVisit, form: Form): Promise<Note> => {
    await ask(visit, operation, { [member]: form.get('id') ?? '' })
    return { notice: visit.text.account.saved }
  }

export const actions: Readonly<Record<string, (visit: OwnVisit, form: Form) => Promise<Note>>> = {
  profile: saveProfile,
  verify,
  'verify-again': verifyAgain,
  password: changePassword,
  'begin-app': beginApp,
  'finish-app': finishApp,
  prefer,
  'add-passkey': async () => ({ next: '/passkeys/add' }),
  'remove-passkey': remove('DeleteWebAuthnCredential', 'CredentialId'),
  'remove-device': remove('ForgetDevice', 'DeviceKey'),
  'end-session': remove('RevokeUserSession', 'SessionId'),
}
