/** How the ARN of a function becomes an answer: a local function, an HTTP server or an Invoke endpoint by the settings. */
import type { Logger } from 'pino'
import type { Seal } from '../protocols/seal.ts'
import type { Fetch, World } from '../world.ts'
import { invokeEndpoint } from './endpoint.ts'
import { invokeHttp } from './http.ts'
import { createLocalFunctions } from './local.ts'
import { senderKeyVariables } from './sender-key.ts'
import { readFunctions } from './settings.ts'

export type About = {
  /** A folder, a JSON file, or JSON. */
  readonly functions: string | undefined
  readonly dataFolder: string
  readonly region: string
  readonly reload: boolean
  readonly log: Logger
  readonly fetch: Fetch
  readonly seal: Seal
  now(): number
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<qualifier>]` and the names it may go by, the most exact first. */
export function namesOf(arn: string): string[] {
  const [, , , , , , name, qualifier] = arn.split(':')
  if (name === undefined) return [arn]
  const whole = arn.split(':').slice(0, 7).join(':')
  return qualifier === undefined ? [arn, name] : [arn, `${name}:${qualifier}`, whole, name]
}

type Functions = Pick<World, 'invoke' | 'hasFunction'> & { close(): Promise<void> }

export function createInvoke(about: About): Functions {
  const find = readFunctions(about.functions, about.dataFolder)
  const local = createLocalFunctions({
    log: about.log,
    region: about.region,
    reload: about.reload,
    environmentOf: ({ senderKey }) => (senderKey === undefined ? {} : senderKeyVariables(about.seal, senderKey)),
  })
  return {
    hasFunction: (arn) => find(namesOf(arn)) !== undefined,
    async invoke(arn, event, call) {
      try {
        const setting = find(namesOf(arn))
        if (!setting)
          return { outcome: 'unavailable', reason: 'ResourceNotFoundException', detail: `${arn} is not in --functions` }
        if (setting.kind === 'http') return await invokeHttp(about, setting, arn, event, call)
        if (setting.kind === 'aws') return await invokeEndpoint(about, setting, about.region, arn, event, call)
        return await local.invoke(namesOf(arn).at(-1) ?? arn, setting, arn, event, call)
      } catch (error) {
        // A setting that went bad while running, such as a function.json edited into no JSON.
        about.log.error({ err: error, function: arn }, 'A function could not be run.')
        return { outcome: 'unavailable', reason: 'ServiceException', detail: String(error) }
      }
    },
    close: local.close,
  }
}
