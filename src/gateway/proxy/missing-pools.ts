/** What routes name of user pools and is not here: told when the file is read, as it may still be made. */
import { findClient } from '../../user-pools/clients/find.ts'
import { findDomain } from '../../user-pools/domains/find.ts'
import { findPool } from '../../user-pools/pools/find.ts'
import { issuersOf, poolIdOf } from '../../user-pools/tokens/issuer.ts'
import type { World } from '../../world.ts'
import type { CognitoSettings } from '../load-balancer/settings.ts'
import type { EndSettings, ProxySettings, StepSettings } from './settings.ts'

/** A sentence for each, with the place and the fix. */
export async function findMissing(world: World, { routes }: ProxySettings): Promise<string[]> {
  const places = routes.flatMap(({ actions }, route) =>
    actions.map((action, index) => ({ action, place: `routes[${route}].actions[${index}]` })),
  )
  const found = await Promise.all(
    places.map(async ({ action, place }) => (await missingIn(world, action)).map((fault) => `${place}${fault}`)),
  )
  return found.flat()
}

async function missingIn(world: World, action: StepSettings | EndSettings): Promise<string[]> {
  if (action.type === 'cognito-user-pools') {
    const faults = await Promise.all(action.providerARNs.map((arn) => missingPool(world, arn)))
    return faults.flatMap((fault) => (fault === undefined ? [] : [`.providerARNs${fault}`]))
  }
  if (action.type === 'authenticate-cognito') return missingForSignIn(world, action)
  if (action.type !== 'jwt') return []
  const { Issuer } = action.JwtConfiguration
  const id = poolIdOf(Issuer)
  const isOwn = id !== undefined && Issuer === issuersOf(world.settings, { id, region: id.split('_')[0]! }).ORIGINAL
  if (!isOwn || world.settings.issuer === 'aws' || (await findPool(world, id))) return []
  return [`.JwtConfiguration.Issuer: there is no user pool ${id}. Make it, or correct the issuer.`]
}

/** A pool of our account; those of other accounts are AWS's own. */
async function missingPool(world: World, arn: string): Promise<string | undefined> {
  const [, , , , account, resource = ''] = arn.split(':')
  const id = resource.replace(/^userpool\//, '')
  if (account !== world.settings.account || (await findPool(world, id))) return undefined
  return `: there is no user pool ${id} here, so that it is taken for one of AWS's. Make it, or correct the ARN.`
}

async function missingForSignIn(world: World, settings: CognitoSettings): Promise<string[]> {
  const { UserPoolArn, UserPoolClientId, UserPoolDomain } = settings
  const pool = await missingPool(world, UserPoolArn)
  if (pool !== undefined) return [`.UserPoolArn${pool}`]
  const id = UserPoolArn.slice(UserPoolArn.lastIndexOf('/') + 1)
  if (!(await findPool(world, id))) return []
  const client = await findClient(world, UserPoolClientId)
  const site = await findDomain(world, UserPoolDomain.toLowerCase())
  const lacks = (what: string, name: string) =>
    `: the user pool ${id} has no ${what} ${name}. Make it, or correct the name.`
  return [
    ...(client?.pool.id === id ? [] : [`.UserPoolClientId${lacks('client', UserPoolClientId)}`]),
    ...(site?.pool.id === id ? [] : [`.UserPoolDomain${lacks('domain', UserPoolDomain)}`]),
  ]
}
