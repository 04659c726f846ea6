/** `poolhouse sender-key <KMSKeyID>`: prints the key with which a custom sender's function opens the codes it is sent. */
import { readConfig, SettingError } from '../config.ts'
import { senderKeyVariables } from '../functions/sender-key.ts'
import { readMasterKey } from '../keys.ts'
import { createSeal } from '../protocols/seal.ts'

export const usage = `Usage: poolhouse sender-key <KMSKeyID> [settings]

  <KMSKeyID>       as in the pool's LambdaConfig
  settings         the server's own: the master key and, where that is kept there, --data`

/** For functions on other machines; local ones are given it by `senderKey` in their row. */
export async function run(args: string[], environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const [keyId, ...settings] = args
  if (!keyId || keyId.startsWith('--'))
    throw new SettingError(`Name the KMSKeyID of the pool's LambdaConfig.\n\n${usage}`)
  // A server makes its key; one that was made here would open nothing.
  const seal = createSeal(readMasterKey({ ...readConfig(settings, environment), dev: false }))
  for (const [name, value] of Object.entries(senderKeyVariables(seal, keyId))) console.log(`${name}=${value}`)
}
