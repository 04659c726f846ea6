/** The setting `--social-providers`: where social providers are asked instead of their usual places. */
import { jsonRow, jsonRows, readJsonSetting } from '../../config/json.ts'
import type { Settings } from '../../world.ts'
import { social } from './social.ts'

const flag = '--social-providers'
const members = ['authorize_url', 'token_url', 'attributes_url', 'jwks_uri', 'oidc_issuer']

/** `{ "Google": { "authorize_url": "…", "token_url": "…" } }` */
export function readSocialProviders(setting: string | undefined): Settings['socialProviders'] {
  if (setting === undefined) return {}
  const read = readJsonSetting(flag, setting)
  jsonRow(flag, '', read).only(Object.keys(social))
  const providers = jsonRows(flag, '', read).map(([name, row]) => {
    row.only(members)
    return [name, Object.fromEntries(Object.keys(row.members).map((member) => [member, row.url(member)]))]
  })
  return Object.fromEntries(providers)
}
