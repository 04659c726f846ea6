/** Which pool's domain a request came to, by its Host or by the path form, and the path below it. */
import { type Domain, isAddress, pathOf } from '../user-pools/domains/domain.ts'
import { findDomain } from '../user-pools/domains/find.ts'
import type { Pool } from '../user-pools/pools/pool.ts'
import type { Answer, Call } from '../wire/http.ts'
import { hostOf, ownHost } from '../wire/own-host.ts'
import type { Settings, World } from '../world.ts'

/** One request at a domain. */
export type Site = {
  readonly world: World
  readonly call: Call
  readonly pool: Pool
  readonly domain: Domain
  /** What comes before the path: nothing, or `/domains/<name>`. Addresses of our own are relative, never made from Host. */
  readonly base: string
  readonly path: string
}

/** Answers one path of a domain; throws OAuthError and its kin to refuse. */
export type Endpoint = (site: Site) => Promise<Answer>

type Named = Pick<Site, 'base' | 'path'> & { readonly name: string; readonly kind: Domain['kind'] | 'any' }

const pathForm = /^\/domains\/([a-z0-9.-]{1,63})(\/.*)?$/
const oneLabel = /^[a-z0-9-]{1,63}$/

/**
 * The domain that a request names; undefined if it names none. Below `.auth.` of our own name everything is a prefix's;
 * elsewhere only `paths` are a domain's, so that other routes keep theirs, a bucket called `domains` among them.
 */
export function nameSite(
  settings: Pick<Settings, 'publicUrl'>,
  call: Call,
  paths: ReadonlySet<string>,
): Named | undefined {
  const host = hostOf(call)
  const own = ownHost(settings)
  if (host.endsWith(`.auth.${own}`)) {
    const name = host.slice(0, -`.auth.${own}`.length)
    return oneLabel.test(name) ? { name, kind: 'prefix', base: '', path: call.path } : undefined
  }
  const [, name, path = '/'] = pathForm.exec(call.path) ?? []
  if (name !== undefined && paths.has(path)) return { name, kind: 'any', base: pathOf(name), path }
  const foreign = host !== own && host.includes('.') && !host.endsWith(`.${own}`) && !isAddress(host)
  return foreign && paths.has(call.path) ? { name: host, kind: 'custom', base: '', path: call.path } : undefined
}

/** The site of a request that names one; undefined if there is no such domain. */
export async function findSite(world: World, call: Call, named: Named): Promise<Site | undefined> {
  const found = await findDomain(world, named.name)
  if (!found || (named.kind !== 'any' && found.domain.kind !== named.kind)) return undefined
  return { world, call, ...found, base: named.base, path: named.path }
}
