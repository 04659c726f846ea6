/** Where policy templates come from: the setting `--delegation-templates`, and managed policies of the account. */
import { jsonRow, readJsonSetting } from '../../config/json.ts'
import { SettingError } from '../../config/setting.ts'
import type { DelegationTemplate, World } from '../../world.ts'
import { currentDocuments, findPolicy } from '../policies/managed.ts'

const flag = '--delegation-templates'
/** The model's bounds of an ARN and of a requester's name. */
const [shortestArn, longestName] = [20, 30]

/** `[{ "arn": "arn:aws:iam::aws:delegation-template/…", "requestor": "Photo Partner", "policy": { … } }]` */
export function readDelegationTemplates(setting: string | undefined): readonly DelegationTemplate[] {
  if (setting === undefined) return []
  const read = readJsonSetting(flag, setting)
  if (!Array.isArray(read)) throw new SettingError(`${flag}: must be a list.`)
  return read.map((one: unknown, index) => {
    const row = jsonRow(flag, `row ${index + 1}`, one)
    row.only(['arn', 'requestor', 'policy'])
    const [arn, requestor] = [row.text('arn'), row.text('requestor')]
    if (!arn.startsWith('arn:') || arn.length < shortestArn)
      row.refuse(`'arn' must be an ARN of ${shortestArn} characters at least.`)
    if (requestor.length > longestName) row.refuse(`'requestor' must have ${longestName} characters at most.`)
    const policy = jsonRow(flag, `row ${index + 1}: policy`, row.members['policy'])
    if (typeof policy.members['Statement'] !== 'object') policy.refuse("'Statement' is missing.")
    return { arn, requestor, policy: JSON.stringify(policy.members) }
  })
}

/** The template of that ARN. A managed policy is one without parameters; it is asked for under its own name. */
export async function findTemplate(
  world: Pick<World, 'db' | 'settings'>,
  arn: string,
): Promise<Pick<DelegationTemplate, 'requestor' | 'policy'> | undefined> {
  const registered = world.settings.delegationTemplates.find((template) => template.arn === arn)
  if (registered) return registered
  const managed = await findPolicy(world, arn)
  const [found] = managed ? await currentDocuments(world, [managed.id]) : []
  return managed && found && { requestor: managed.name.slice(0, longestName), policy: found.document }
}
