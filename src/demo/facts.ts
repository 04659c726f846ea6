/** What is remembered of the demo workspace: its ids, kept once and for all, and what clients are told of it. */
import type { Db } from '../store/db.ts'
import { readSetting, writeSettingOnce } from '../store/settings.ts'
import { domainUrl } from '../user-pools/domains/domain.ts'
import type { Settings, World } from '../world.ts'

/** The workspace as endpoints.json tells it. */
export type DemoWorkspace = {
  userPoolId: string
  clientId: string
  identityPoolId: string
  bucket: string
  /** Host and port of the hosted login, as Amplify's `oauth.domain` wants it; absent where there is none. */
  domain?: string
  /** Where the photo app is served. */
  app: string
  guestRoleArn: string
  userRoleArn: string
}

/** The parts that do not change when the server moves to another address. */
export type DemoIds = Omit<DemoWorkspace, 'app' | 'domain'> & {
  /** The prefix of its domain; those made before there were domains have none. */
  domainPrefix?: string | undefined
}

const finished = 'demo-workspace'
const begun = 'demo-workspace-begun'

export async function readDemo(world: Pick<World, 'db' | 'settings'>): Promise<DemoWorkspace | undefined> {
  const text = await readSetting(world.db, finished)
  return text === undefined ? undefined : withAddress(world.settings, JSON.parse(text) as DemoIds)
}

/** Remembers the ids unless another node was first; answers those that count. */
export async function keepDemo(world: Pick<World, 'db' | 'settings'>, ids: DemoIds): Promise<DemoWorkspace> {
  return withAddress(world.settings, JSON.parse(await writeSettingOnce(world.db, finished, JSON.stringify(ids))))
}

const withAddress = (settings: Settings, { domainPrefix: name, ...ids }: DemoIds): DemoWorkspace => ({
  ...ids,
  ...(name !== undefined && { domain: domainUrl(settings, { kind: 'prefix', name }).replace(/^https?:\/\//, '') }),
  app: `${settings.publicUrl}/demo`,
})

/** Whether a workspace was promised: a start that broke off in the middle is completed by the next one. */
export const isBegun = async (db: Db): Promise<boolean> => (await readSetting(db, begun)) !== undefined

export const markBegun = (db: Db): Promise<string> => writeSettingOnce(db, begun, 'yes')
