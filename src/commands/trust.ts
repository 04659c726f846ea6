/** `poolhouse trust`: has this machine's stores believe the local certificate authority, or forget it; or says how. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { readConfig, SettingError } from '../config.ts'
import { certificateFile, hasAuthority, openAuthority } from '../local-https/authority.ts'
import { printCommand, type Trusted, type TrustStore, trustStores } from '../local-https/stores.ts'

type Environment = Readonly<Record<string, string | undefined>>

export const usage = `Usage: poolhouse trust [--print | --remove] [--data FOLDER]

  --print          say what would be done, and do nothing
  --remove         take the authority out again
  --data FOLDER    the data folder of the server, whose authority it is; ./poolhouse-data otherwise`

/** With `--print` nothing is changed; with `--remove` the authority is taken out again. */
export async function run(args: string[], environment: Environment): Promise<void> {
  const own = new Set(['--print', '--remove'])
  const [printing, removing] = [args.includes('--print'), args.includes('--remove')]
  const { data } = readConfig(
    args.filter((word) => !own.has(word)),
    environment,
  )
  if ((removing && !existsSync(certificateFile(data))) || (printing && !hasAuthority(data)))
    throw new SettingError(`${data} has no authority, so nothing can trust it. Name its folder with --data.`)
  const { name } = openAuthority(data)
  const trusted: Trusted = {
    name,
    file: certificateFile(data),
    home: environment['HOME'] ?? environment['USERPROFILE'] ?? '',
  }
  console.log(`${name}\n  ${trusted.file}\n`)
  const stores = trustStores.filter(({ platform }) => platform === process.platform)
  const present = stores.filter((store) => isPresent(store, trusted.home, environment))
  for (const store of present) tend(store, trusted, { printing, removing })
  if (!removing) {
    for (const { hint } of stores.filter((store) => !present.includes(store))) if (hint) console.log(`  ${hint}`)
    console.log(advice(trusted))
  }
}

const advice = ({ file }: Trusted) => `
Node, curl and the AWS CLI ask files:
  NODE_EXTRA_CA_CERTS=${file}
  CURL_CA_BUNDLE=${file}
  AWS_CA_BUNDLE=${file}
Firefox: Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import.
It can speak for localhost, names below it and this machine's loopback addresses, and for nothing else.`

function isPresent({ program, folder }: TrustStore, home: string, environment: Environment): boolean {
  if (folder && !existsSync(folder(home))) return false
  const names = process.platform === 'win32' ? [`${program}.exe`] : [program]
  // Where ordinary users' paths lack them.
  const places = [...(environment['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return places.some((place) => names.some((name) => isRunnable(join(place, name))))
}

function isRunnable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Does it, or says the commands where only an administrator may, where it failed, or where that was all that was asked. */
function tend(store: TrustStore, trusted: Trusted, how: { printing: boolean; removing: boolean }): void {
  const commands = how.removing ? store.remove(trusted) : store.add(trusted)
  const sudo = store.administrator && process.getuid?.() !== 0
  const text = commands.map((command) => `    ${sudo ? 'sudo ' : ''}${printCommand(command)}`).join('\n')
  const verb = how.removing ? 'Removed from' : 'Trusted by'
  if (how.printing || sudo) {
    console.log(`${how.removing ? 'To remove it from' : 'To have it trusted by'} ${store.name}:\n${text}\n`)
    return
  }
  const failed = commands.find(([program, ...args]) => spawnSync(program, args, { stdio: 'pipe' }).status !== 0)
  if (!failed) console.log(`${verb} ${store.name}.\n`)
  else {
    console.log(`Not done for ${store.name}: \`${printCommand(failed)}\` failed. By hand:\n${text}\n`)
    process.exitCode = 1
  }
}
