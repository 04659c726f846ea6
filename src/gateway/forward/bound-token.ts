/**
 * Tokens of a server behind the gateway that name a resource by themselves, such as shard iterators: handed out together
 * with that name under a keyed hash, so that whoever brings one back is asked about the resource that it is of.
 */
import { timingSafeEqual } from 'node:crypto'
import type { World } from '../../world.ts'

const macOf = (world: Pick<World, 'seal'>, purpose: string, name: string, token: string) =>
  world.seal.mac('gateway-token', JSON.stringify([purpose, name, token])).subarray(0, 16)

/** `<name>.<hash>.<token>`, the first two in base64url. */
export const bindToken = (world: Pick<World, 'seal'>, purpose: string, name: string, token: string): string =>
  `${Buffer.from(name).toString('base64url')}.${macOf(world, purpose, name, token).toString('base64url')}.${token}`

/** What was bound; undefined for what we did not hand out. */
export function readToken(
  world: Pick<World, 'seal'>,
  purpose: string,
  bound: string,
): { name: string; token: string } | undefined {
  const [, name64, hash, token] = /^([\w-]{1,2000})\.([\w-]{22})\.(.*)$/s.exec(bound) ?? []
  if (name64 === undefined || hash === undefined || token === undefined) return undefined
  const name = Buffer.from(name64, 'base64url').toString()
  const given = Buffer.from(hash, 'base64url')
  const right = macOf(world, purpose, name, token)
  return given.length === right.length && timingSafeEqual(given, right) ? { name, token } : undefined
}
