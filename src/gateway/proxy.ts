/** The reverse proxy: opens what its file says, and follows the file when it changes without dropping a request. */
import { type FSWatcher, watch } from 'node:fs'
import { basename, dirname } from 'node:path'
import { SettingError } from '../config.ts'
import { inRanges } from '../protocols/networks.ts'
import type { World } from '../world.ts'
import type { Ask } from './load-balancer/provider.ts'
import { type OpenListener, openListener } from './proxy/listener.ts'
import { findMissing } from './proxy/missing-pools.ts'
import { compileRoutes, countUse, type Table } from './proxy/routes.ts'
import { type ListenerSettings, listenerKey, type ProxySettings, readProxySettings } from './proxy/settings.ts'
import { openUpstream, type Upstream } from './proxy/upstream.ts'

export type ReverseProxy = {
  /** Ports in the order of the file. */
  readonly ports: readonly number[]
  /** Reads the file again. A file that is refused changes nothing, and the log says why. */
  reload(): Promise<void>
  close(): Promise<void>
}

/** A change is read when the file has been quiet for so long: editors write in several steps. */
const quietMs = 100

/** `ask` is the product itself. Refuses a file that cannot be used with a SettingError. */
export async function startProxy(world: World, file: string, ask: Ask): Promise<ReverseProxy> {
  const around = { plainSessions: world.settings.dev || world.settings.trustedProxies.length > 0 }
  const isTrusted = inRanges(world.settings.trustedProxies)
  let upstreams = new Map<string, Upstream>()
  let listeners: OpenListener[] = []
  let table: Table = { routes: [], signIns: [], reserved: new Set(), use: countUse() }
  /** Routes that were replaced and that somebody is still on. */
  const former = new Set<Table>()
  const current = () => ({ table, isTrusted })

  /** Upstreams that are as they were keep their connections. */
  function openUpstreams({ upstreams: wanted = {} }: ProxySettings): Map<string, Upstream> {
    return new Map(
      Object.entries(wanted).map(([name, settings]) => {
        const known = upstreams.get(name)
        const same = known && JSON.stringify(known.settings) === JSON.stringify(settings)
        return [name, same ? known : openUpstream(name, settings, world.log)]
      }),
    )
  }

  const isSame = (one: ListenerSettings, other: ListenerSettings) =>
    listenerKey(one) === listenerKey(other) && (one.tls === undefined) === (other.tls === undefined)

  function retire(old: Table): void {
    former.add(old)
    void old.use.idle().then(() => former.delete(old))
  }

  /** All that is new first, so that a failure changes nothing; then the routes, at once; then what is not wanted goes. */
  async function apply(settings: ProxySettings): Promise<void> {
    const opened = openUpstreams(settings)
    const left = new Set(listeners)
    const next: OpenListener[] = []
    const fresh: OpenListener[] = []
    try {
      const compiled = compileRoutes(settings, { world, ask, upstreams: opened })
      for (const wanted of settings.listeners) {
        const known = [...left].find((one) => isSame(one.settings, wanted))
        if (known) left.delete(known)
        const listener =
          known ?? (await openListener(world, wanted, current).catch((error) => refuseListener(file, wanted, error)))
        if (!known) fresh.push(listener)
        next.push(listener)
      }
      for (const [at, wanted] of settings.listeners.entries()) next[at]?.change(wanted)
      retire(table)
      table = compiled
    } catch (error) {
      await Promise.all([...fresh, ...only(opened, upstreams)].map((one) => one.close()))
      throw error
    }
    const gone = only(upstreams, opened)
    listeners = next
    upstreams = opened
    // Not waited for: what runs may take its time, and may still turn to an upstream that is wanted no more.
    void Promise.all([...left].map((one) => one.close()))
    void Promise.all([...former].map(({ use }) => use.idle())).then(() => Promise.all(gone.map((one) => one.close())))
  }

  /** Pools, clients and domains may be made later, so that their lack refuses no file. */
  async function warn(settings: ProxySettings): Promise<void> {
    try {
      for (const sentence of await findMissing(world, settings)) world.log.warn({ file }, sentence)
    } catch (error) {
      world.log.warn({ err: error, file }, 'whether the pools of the proxy settings are there could not be found out')
    }
  }

  const reload = async () => {
    try {
      const settings = readProxySettings(file, around)
      await apply(settings)
      world.log.info({ file }, 'proxy settings read')
      await warn(settings)
    } catch (error) {
      world.log.error({ err: error, file }, 'proxy settings are not used: the old ones stay')
    }
  }
  // One after the other: two at once would open a listener twice.
  let turn = Promise.resolve()
  const reloadInTurn = () => {
    turn = turn.then(reload)
    return turn
  }

  const first = readProxySettings(file, around)
  await apply(first)
  await warn(first)
  const watcher = world.settings.dev ? follow(file, reloadInTurn) : undefined
  return {
    get ports() {
      return listeners.map(({ port }) => port)
    },
    reload: reloadInTurn,
    async close() {
      watcher?.close()
      await turn
      await Promise.all(listeners.map((one) => one.close()))
      await Promise.all([...upstreams.values()].map((one) => one.close()))
    },
  }
}

const only = (these: ReadonlyMap<string, Upstream>, those: ReadonlyMap<string, Upstream>): Upstream[] =>
  [...these].flatMap(([name, one]) => (those.get(name) === one ? [] : [one]))

function refuseListener(file: string, { port, host }: ListenerSettings, error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: `port ${port} is in use. Stop the other program, or choose another port.`,
    EACCES: `port ${port} may not be opened by this user. Choose one above 1023.`,
    EADDRNOTAVAIL: `this machine has no address ${host}. Choose another host.`,
    ENOENT: `${(error as Error).message}. Name files of a certificate and its key in tls.`,
  }
  throw new SettingError(`${file}: listeners: ${reasons[code] ?? (error as Error).message}`)
}

/** The folder is watched, because editors replace files. */
function follow(file: string, changed: () => void): FSWatcher {
  let timer: NodeJS.Timeout | undefined
  return watch(dirname(file), { persistent: false }, (_, name) => {
    if (name !== basename(file)) return
    clearTimeout(timer)
    timer = setTimeout(changed, quietMs).unref()
  })
}
