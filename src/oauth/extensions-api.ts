/**
 * `/poolhouse/user-pools/<pool>/clients/<client>/oauth-extensions`: what is switched on for a client, read and replaced
 * by signed calls. Who may describe a client may read it, who may update one may write it. docs/decisions/0033.
 */
import { clientInPool } from '../user-pools/clients/find.ts'
import { admitToPool } from '../user-pools/doors.ts'
import { extensionsOf, readExtensions, setExtensions } from '../user-pools/oauth-extensions/extensions.ts'
import { lazyBody } from '../wire/body.ts'
import { fail } from '../wire/errors.ts'
import type { Answer, Call } from '../wire/http.ts'
import { answerOwn } from '../wire/own-api.ts'
import type { Authenticate } from '../wire/service.ts'
import type { World } from '../world.ts'

const address = /^\/poolhouse\/user-pools\/([\w-]{1,60})\/clients\/(\w{1,128})\/oauth-extensions$/

export const isExtensionsCall = (call: Call): boolean => address.test(call.path)

/** The operation whose permission and rate a method has. */
const operations: Readonly<Record<string, string>> = { GET: 'DescribeUserPoolClient', PUT: 'UpdateUserPoolClient' }

const longest = 8_192

export const answerExtensions = (world: World, call: Call, authenticate: Authenticate): Promise<Answer> =>
  answerOwn(() => serve(world, call, authenticate))

async function serve(world: World, call: Call, authenticate: Authenticate): Promise<object> {
  const [, poolId = '', clientId = ''] = address.exec(call.path) ?? []
  const operation = operations[call.method]
  if (operation === undefined) return fail('UnsupportedOperationException', 'GET reads, PUT replaces.', { status: 405 })
  const body = lazyBody(call, longest)
  const { caller, region } = await authenticate(call, body, 'cognito-idp', 'json')
  // The door of these operations: a policy speaks of the pool by its tags, too, and a pool of another region is none.
  const { pool } = await admitToPool(
    poolId,
    {},
    {
      ...{ world, service: 'cognito-idp', operation, caller, region, requestId: call.id },
      ...{ address: call.address, userAgent: call.headers['user-agent'] ?? '', secure: call.secure },
    },
  )
  const client = await clientInPool(world, pool, clientId)
  if (call.method === 'PUT' && !(await setExtensions(world, client, readExtensions(parse(await body()))))) {
    await clientInPool(world, pool, clientId)
  }
  return extensionsOf(world, client)
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return fail('SerializationException', 'The request body is not valid JSON.')
  }
}
