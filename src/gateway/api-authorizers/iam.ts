/** IAM authorisation of REST APIs: Signature Version 4 for `execute-api`, then the caller's policies. AWS: "Control access to a REST API with IAM permissions". */
import { hash } from 'node:crypto'
import { decide } from '../../iam/authorize.ts'
import { deniedMessage } from '../../iam/policy/message.ts'
import { proveCall } from '../../sts/authenticate.ts'
import { lazyBody } from '../../wire/body.ts'
import type { Caller } from '../../wire/caller.ts'
import { AwsError, denialHeaders } from '../../wire/errors.ts'
import type { Answer, Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import type { ApiRoute, Authorizer } from './authorized.ts'
import { readingsOf } from './path-readings.ts'
import { restRefusal } from './refusals.ts'

/** AWS: "Amazon API Gateway quotas", payload size. */
export const mostBytes = 10 * 1024 * 1024

export function iamAuthorizer(world: World): Authorizer {
  return async (call, route) => {
    try {
      const body = lazyBody(call, mostBytes)
      const proof = await proveCall(world, call, {
        service: 'execute-api',
        region: world.settings.region,
        style: 'rest-json',
        payloadHash: async () => hash('sha256', await body(), 'hex'),
      })
      if (!proof) return restRefusal(call, 403, 'Missing Authentication Token', 'MissingAuthenticationTokenException')
      const { caller } = proof.found
      return (await refusePolicy(world, call, route, caller)) ?? { kind: 'iam', caller, body: await body() }
    } catch (error) {
      if (!(error instanceof AwsError)) throw error
      return restRefusal(call, error.status ?? 403, error.message, error.code)
    }
  }
}

/** AWS: "Actions, resources, and condition keys for Amazon API Gateway (execute-api)". */
const apiArn = ({ settings: { region, account } }: World, { method }: Call, { api }: ApiRoute, path: string): string =>
  `arn:aws:execute-api:${region}:${account}:${api.id}/${api.stage}/${method}${path}`

const action = 'execute-api:Invoke'

async function refusePolicy(world: World, call: Call, route: ApiRoute, caller: Caller): Promise<Answer | undefined> {
  const { account } = world.settings
  const facts = {
    region: world.settings.region,
    address: call.address,
    userAgent: call.headers['user-agent'] ?? '',
    secure: call.secure,
    requestId: call.id,
    referer: call.headers['referer'],
  }
  for (const path of readingsOf(route.matched)) {
    const resource = apiArn(world, call, route, path)
    const verdict = await decide(world, caller, facts, { action, resource })
    if (verdict.allowed) continue
    const refusal = restRefusal(call, 403, null, 'AccessDeniedException')
    // The capital letter and the account by its last four digits are AWS's.
    const shown = resource.replace(`:${account}:`, `:********${account.slice(-4)}:`)
    const Message = deniedMessage(caller.arn, action, shown, verdict)
    const told = denialHeaders({ explanation: verdict.explain(), encoded: verdict.encode() }, world.settings.dev)
    return { ...refusal, headers: { ...refusal.headers, ...told }, body: JSON.stringify({ Message }) }
  }
  return undefined
}
