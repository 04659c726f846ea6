/** What the server is told of parties outside: where login providers are asked, and which roles another STS gives. */

import { jsonRow, jsonRows, readJsonSetting } from '../config/json.ts'
import { SettingError } from '../config/setting.ts'
import type { LoginProviders, OutsideSts } from '../world.ts'

const providersFlag = '--login-providers'
const providerMembers = ['issuer', 'jwksUri', 'url']

/** `{ "login.example.com": { "issuer": "…", "jwksUri": "…" }, "graph.facebook.com": { "url": "…" } }` */
export function readLoginProviders(setting: string | undefined): LoginProviders {
  if (setting === undefined) return {}
  const providers = jsonRows(providersFlag, '', readJsonSetting(providersFlag, setting)).map(([name, row]) => {
    row.only(providerMembers)
    return [name, Object.fromEntries(Object.keys(row.members).map((member) => [member, row.url(member)]))]
  })
  return Object.fromEntries(providers)
}

const outsideFlag = '--outside-sts'

/** `[{ "roles": "arn:aws:iam::111122223333:role/", "endpoint": "https://sts.eu-west-1.amazonaws.com" }]` */
export function readOutsideSts(setting: string | undefined): readonly OutsideSts[] {
  if (setting === undefined) return []
  const read = readJsonSetting(outsideFlag, setting)
  if (!Array.isArray(read)) throw new SettingError(`${outsideFlag}: must be a list.`)
  return read.map((one: unknown, index) => {
    const row = jsonRow(outsideFlag, `row ${index + 1}`, one)
    row.only(['roles', 'endpoint', 'guestPolicy'])
    const guestPolicy = row.optional('guestPolicy')
    return {
      roles: row.text('roles'),
      endpoint: row.url('endpoint'),
      ...(guestPolicy !== undefined && { guestPolicy }),
    }
  })
}
