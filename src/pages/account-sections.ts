/** The sections of the account page: what people see of themselves, and the forms to change it. */
import { deviceTracking } from '../user-pools/devices/device.ts'
import { poolFactors } from '../user-pools/mfa/factors.ts'
import { trackingOf } from '../user-pools/sessions/configuration.ts'
import { profileNames } from './account-actions.ts'
import { attributeField, button, codeField, newPasswordTwice, passwordField } from './fields.ts'
import { type Html, html } from './html.ts'
import { ask, type FormOf, type OwnVisit } from './own-visit.ts'
import { appAddress, appSecret } from './questions.ts'
import { fill, word } from './text/text.ts'

type Section = { readonly title: string; readonly content: (form: FormOf) => Html }

type Self = {
  UserAttributes: { Name: string; Value: string }[]
  UserMFASettingList?: string[]
  PreferredMfaSetting?: string
}

const when = ({ text }: OwnVisit, at: Date | undefined): string =>
  at
    ? `${new Intl.DateTimeFormat(text.lang, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(at)} UTC`
    : ''

/** Those that the pool has, read side by side. */
export async function sections(visit: OwnVisit): Promise<Section[]> {
  const { pool } = visit.site
  const self = await ask<Self>(visit, 'GetUser')
  const attributes = Object.fromEntries(self.UserAttributes.map(({ Name, Value }) => [Name, Value]))
  const all = await Promise.all([
    profile(visit, attributes),
    visit.here.user.hasPassword ? password(visit) : undefined,
    pool.settings.MfaConfiguration === 'OFF' ? undefined : secondFactor(visit, self),
    pool.settings.Policies.SignInPolicy.AllowedFirstAuthFactors.includes('WEB_AUTHN') ? passkeys(visit) : undefined,
    deviceTracking(pool) ? devices(visit) : undefined,
    trackingOf(pool).enabled ? sessions(visit) : undefined,
  ])
  return all.filter((section) => section !== undefined)
}

function profile(visit: OwnVisit, attributes: Readonly<Record<string, string>>): Section {
  const { text, note } = visit
  const { pool } = visit.site
  const required = (name: string) => pool.schema.some(({ Name, Required }) => Name === name && Required === true)
  return {
    title: text.account.profile,
    content: (form) =>
      html`${
        note.verify &&
        form(
          'verify',
          html`<p>${fill(text.challenge.sent, { to: note.sentTo ?? '' })}</p>${codeField('verify', text.challenge.code)}${button(
            fill(text.account.verify, { to: word(text.attributes, note.verify) ?? note.verify }),
          )}`,
        )
      }${note.verify && form('verify-again', html`<button class="plain">${text.confirm.resend}</button>`)}${form(
        'profile',
        html`${profileNames(visit, attributes).map((name) => attributeField(text, name, attributes[name], required(name)))}${button(text.account.save)}`,
      )}`,
  }
}

const password = ({ text, site }: OwnVisit): Section => ({
  title: text.account.password,
  content: (form) =>
    form(
      'password',
      html`${passwordField('password', text.account.present, 'current-password')}
${newPasswordTwice(site.pool, text)}${button(text.reset.button)}`,
    ),
})

function secondFactor(visit: OwnVisit, { UserMFASettingList = [], PreferredMfaSetting }: Self): Section {
  const { text, site, note, here } = visit
  const on = poolFactors(site.pool)
  const optional = site.pool.settings.MfaConfiguration === 'OPTIONAL'
  const usual = PreferredMfaSetting ?? UserMFASettingList[0] ?? ''
  const option = (value: string, name: string) =>
    html`<label class="choice"><input type="radio" name="answer" value="${value}"${value === usual && { html: ' checked' }}> ${name}</label>`
  const { secret } = note
  return {
    title: text.account.mfa,
    content: (form) =>
      html`${form(
        'prefer',
        html`<fieldset><legend>${text.account.usual}</legend>${on.map((factor) => option(factor, text.factors[factor]))}${
          optional && option('', text.account.none)
        }</fieldset>${button(text.account.save)}`,
      )}${
        on.includes('SOFTWARE_TOKEN_MFA') &&
        (secret === undefined
          ? form('begin-app', html`<button class="second">${text.account.setUpApp}</button>`)
          : form(
              'finish-app',
              html`${appSecret(text, text.challenge.app, secret, appAddress(visit, here.user.username, secret))}${codeField(
                'app',
                text.challenge.code,
              )}${button(text.challenge.button)}`,
            ))
      }`,
  }
}

type Item = { readonly id: string; readonly name: string; readonly about: string; readonly fixed?: boolean }

const list = (items: readonly Item[], form: FormOf, act: string, label: string, labelThis: string): Html =>
  html`<ul class="list">${items.map(
    ({ id, name, about, fixed }) =>
      html`<li><div>${name}<br><span class="soft">${about}</span></div>${
        !fixed &&
        form(
          act,
          html`<input type="hidden" name="id" value="${id}"><button class="second" aria-label="${fill(labelThis, { name })}">${label}</button>`,
        )
      }</li>`,
  )}</ul>`

async function passkeys(visit: OwnVisit): Promise<Section> {
  const { account } = visit.text
  type Listed = { Credentials: { CredentialId: string; FriendlyCredentialName: string; CreatedAt: Date }[] }
  const { Credentials } = await ask<Listed>(visit, 'ListWebAuthnCredentials')
  const items = Credentials.map(({ CredentialId: id, FriendlyCredentialName: name, CreatedAt }) => ({
    ...{ id, name },
    about: fill(account.added, { when: when(visit, CreatedAt) }),
  }))
  return {
    title: account.passkeys,
    content: (form) =>
      html`${items.length === 0 && html`<p class="soft">${account.noPasskeys}</p>`}${list(
        ...([items, form, 'remove-passkey', account.remove, account.removeThis] as const),
      )}${form('add-passkey', html`<button class="second">${visit.text.passkey.addButton}</button>`)}`,
  }
}

async function devices(visit: OwnVisit): Promise<Section> {
  const { account } = visit.text
  type Device = {
    DeviceKey: string
    DeviceAttributes?: { Name: string; Value?: string }[]
    DeviceLastAuthenticatedDate?: Date
  }
  const { Devices } = await ask<{ Devices: Device[] }>(visit, 'ListDevices')
  const items = Devices.map(({ DeviceKey: id, DeviceAttributes = [], DeviceLastAuthenticatedDate }) => ({
    id,
    name: DeviceAttributes.find(({ Name }) => Name === 'device_name')?.Value ?? id.slice(0, 24),
    about: fill(account.seen, { when: when(visit, DeviceLastAuthenticatedDate) }),
  }))
  return {
    title: account.devices,
    content: (form) => list(items, form, 'remove-device', account.remove, account.removeThis),
  }
}

/** What is known of where a session is. */
const placeOf = (...known: (string | undefined)[]): string =>
  known.filter((part) => part !== undefined && part !== '' && part !== 'unknown').join(' · ')

async function sessions(visit: OwnVisit): Promise<Section> {
  const { account } = visit.text
  type Session = {
    SessionId: string
    DeviceType?: string
    LastIPAddress?: string
    LastActiveDate?: Date
  }
  const { Sessions } = await ask<{ Sessions: Session[] }>(visit, 'ListUserSessions')
  const items = Sessions.map(({ SessionId: id, DeviceType, LastIPAddress, LastActiveDate }) => ({
    id,
    name: id === visit.here.browserId ? account.here : placeOf(DeviceType, LastIPAddress) || account.elsewhere,
    about: fill(account.seen, { when: when(visit, LastActiveDate) }),
    fixed: id === visit.here.browserId,
  }))
  return {
    title: account.sessions,
    content: (form) => list(items, form, 'end-session', account.end, account.endThis),
  }
}
