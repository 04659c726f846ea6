/** Where the story is told: the server's address and the ids of its demo workspace. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

export type Target = {
  readonly endpoint: string
  readonly region: string
  readonly mailbox: string
  readonly userPoolId: string
  readonly clientId: string
  readonly identityPoolId: string
  readonly bucket: string
}

const names = ['endpoint', 'region', 'mailbox', 'userPoolId', 'clientId', 'identityPoolId', 'bucket'] as const

/** From the endpoints.json of a data folder. */
export async function targetInFolder(data: string): Promise<Target> {
  const file = join(data, 'endpoints.json')
  if (!existsSync(file)) throw new Error(`There is no ${file}: a server writes it when it is ready.`)
  const { demo, ...facts } = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
  return complete({ ...facts, ...(demo as object | undefined) }, file)
}

/** From a running server in development mode. */
export async function targetAt(endpoint: string): Promise<Target> {
  const url = `${endpoint}/demo/config.json`
  const answer = await fetch(url).catch((error: Error) => {
    throw new Error(`${url} cannot be reached: ${(error.cause as Error | undefined)?.message ?? error.message}`)
  })
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${(await answer.text()).trim()}`)
  const facts = await answer.json().catch(() => {
    throw new Error(`${url} did not answer JSON: this is no Poolhouse server.`)
  })
  return complete(facts as Record<string, unknown>, url)
}

function complete(facts: Record<string, unknown>, source: string): Target {
  const missing = names.filter((name) => typeof facts[name] !== 'string')
  if (missing.length > 0)
    throw new Error(
      `${source} lacks ${missing.join(', ')}: the server has no demo workspace. Start it with --dev --demo.`,
    )
  return Object.fromEntries(names.map((name) => [name, facts[name]])) as Target
}
