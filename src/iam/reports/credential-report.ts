/** The credential report: who has which credentials, as CSV. AWS: IAM User Guide, "Generate credential reports". */
import type { World } from '../../world.ts'
import { keysOf } from '../access-keys/keys.ts'
import { loginProfileOf } from '../login-profiles/find.ts'
import { devicesOf } from '../mfa-devices/find.ts'
import { publicKeysOf } from '../public-keys/keys.ts'
import type { PublicKey } from '../public-keys/public-key.ts'
import { listUsers } from '../users/find.ts'
import { type User, userArn } from '../users/user.ts'

const head = [
  ...['user', 'arn', 'user_creation_time', 'password_enabled', 'password_last_used', 'password_last_changed'],
  ...['password_next_rotation', 'mfa_active'],
  ...[1, 2].flatMap((number) => [
    `access_key_${number}_active`,
    `access_key_${number}_last_rotated`,
    `access_key_${number}_last_used_date`,
    `access_key_${number}_last_used_region`,
    `access_key_${number}_last_used_service`,
  ]),
  ...[1, 2].flatMap((number) => [`cert_${number}_active`, `cert_${number}_last_rotated`]),
]

const none = 'N/A'
const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d{3}Z$/, '+00:00')
const pageOfUsers = 500

/** Root's line, then the users by name. Names and ARNs have no commas or quotes but for `,` in names, which AWS quotes too. */
export async function credentialReport(world: World): Promise<string> {
  const lines = [head, rootLine(world)]
  for (let after = ''; ; ) {
    const users = await listUsers(world, after, pageOfUsers)
    for (const user of users) lines.push(await lineOf(world, user))
    if (users.length < pageOfUsers) break
    after = users.at(-1)?.name.toLowerCase() ?? ''
  }
  return `${lines.map((fields) => fields.map(quoted).join(',')).join('\n')}\n`
}

const quoted = (field: string) => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)

function rootLine({ settings, rootKeys }: World): string[] {
  const keys = [...rootKeys.keys()]
  const ofKey = (index: number) => [String(keys[index] !== undefined), none, none, none, none]
  return [
    ...['<root_account>', `arn:aws:iam::${settings.account}:root`, none, 'not_supported', none, 'not_supported'],
    ...['not_supported', 'false', ...ofKey(0), ...ofKey(1), 'false', none, 'false', none],
  ]
}

const ofCertificate = (one: PublicKey | undefined): string[] =>
  one ? [String(one.active), time(one.uploadedAt)] : ['false', none]

async function lineOf(world: World, user: User): Promise<string[]> {
  const profile = await loginProfileOf(world, user.id)
  const keys = await keysOf(world, user.id)
  const devices = await devicesOf(world, user.id)
  const certificates = await publicKeysOf(world, user.id, 'certificate')
  const ofKey = (index: number) => {
    const key = keys[index]
    if (!key) return ['false', none, none, none, none]
    const { lastUsed } = key
    const used = lastUsed ? [time(lastUsed.at), lastUsed.region, lastUsed.service] : [none, none, none]
    return [String(key.active), time(key.createdAt), ...used]
  }
  return [
    ...[user.name, userArn(world.settings, user), time(user.createdAt)],
    ...[String(profile !== undefined), none, profile ? time(profile.changedAt) : none, none],
    ...[String(devices.length > 0), ...ofKey(0), ...ofKey(1)],
    ...[...ofCertificate(certificates[0]), ...ofCertificate(certificates[1])],
  ]
}
