/** `poolhouse demo`: the photo app's story from the terminal, told by public SDKs; every refusal that belongs to it is checked. */
import { randomBytes } from 'node:crypto'
import { readUrl } from '../config/setting.ts'
import { credentials } from './demo/chapters-credentials.ts'
import { leaving, signingIn, signingUp } from './demo/chapters-people.ts'
import { clearing, guests, pictures, spoiled } from './demo/chapters-storage.ts'
import { narrator } from './demo/narrator.ts'
import { type Clients, clientsFor, type Keys, loadSdk, type Sdk } from './demo/sdk.ts'
import { type OwnServer, startOwnServer } from './demo/server.ts'
import { type Chapter, type Outcome, perform, type Stage, type Step } from './demo/story.ts'
import { type Target, targetAt, targetInFolder } from './demo/target.ts'

const chapters: readonly Chapter[] = [signingUp, signingIn, credentials, pictures, spoiled, guests, clearing, leaving]

export const usage = `Usage: poolhouse demo [--endpoint URL | --data FOLDER]

Without either it starts a server of its own on a free port with an empty data folder, and removes both afterwards.
  --endpoint URL   a running server in development mode
  --data FOLDER    the data folder of a running server: its address is in endpoints.json`

export async function run(args: string[], environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const wanted = readArgs(args)
  if (!wanted) {
    console.error(usage)
    process.exitCode = 2
    return
  }
  let server: OwnServer | undefined
  const interrupted = async () => {
    await server?.stop()
    process.exit(130)
  }
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  try {
    const sdk = await loadSdk()
    if (!wanted.endpoint && !wanted.data) server = await startOwnServer(environment)
    const target = wanted.endpoint
      ? await targetAt(readUrl(wanted.endpoint))
      : await targetInFolder(wanted.data ?? server?.data ?? '')
    const stage = stageFor(sdk, target)
    try {
      const colourful = process.stdout.isTTY === true && !environment['NO_COLOR']
      process.exitCode = (await tell(stage, console.log, colourful)) ? 0 : 1
    } finally {
      stage.close()
    }
  } catch (error) {
    console.error(`poolhouse: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  } finally {
    await server?.stop()
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
}

function readArgs(args: readonly string[]): { endpoint?: string; data?: string } | undefined {
  const read: { endpoint?: string; data?: string } = {}
  const rest = args.flatMap((word) => (word.startsWith('--') ? word.split(/=(.*)/s, 2) : [word]))
  while (rest.length > 0) {
    const [flag, value] = [rest.shift(), rest.shift()]
    if ((flag !== '--endpoint' && flag !== '--data') || !value) return undefined
    read[flag === '--endpoint' ? 'endpoint' : 'data'] = value
  }
  return read.endpoint && read.data ? undefined : read
}

/** A new person with every telling, so that it may be told twice to one server. */
function stageFor(sdk: Sdk, target: Target): Stage & { close(): void } {
  const clients = new Map<Keys | undefined, Clients>()
  const name = randomBytes(5).toString('hex')
  return {
    sdk,
    target,
    as(keys) {
      const known = clients.get(keys) ?? clientsFor(sdk, target, keys)
      clients.set(keys, known)
      return known
    },
    // Connections that are kept alive would keep the process alive, too.
    close() {
      for (const { idp, identity, sts, s3 } of clients.values())
        for (const client of [idp, identity, sts, s3]) client.destroy()
    },
    email: `ann-${name}@example.com`,
    password: `Pool-${randomBytes(9).toString('base64url')}-7a`,
    picture: { name: `hello-${name}.svg`, bytes: Buffer.from(picture) },
    learned: {},
  }
}

const picture =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30"><title>Hello</title><rect width="40" height="30" fill="#1f8a99"/><circle cx="28" cy="10" r="5" fill="#fff3d6"/></svg>'

/** Tells it to the end, or until something allowed fails: what follows would only fail for the same reason. */
async function tell(stage: Stage, print: (line: string) => void, colourful: boolean): Promise<boolean> {
  const voice = narrator(print, colourful)
  const told: { step: Step; outcome: Outcome }[] = []
  voice.open(stage.target.endpoint)
  const all = chapters.reduce((sum, { steps }) => sum + steps.length, 0)
  const isStuck = () => told.some(({ step, outcome }) => !outcome.ok && step.wanted === 'allowed')
  for (const chapter of chapters) {
    if (isStuck()) break
    voice.chapter(chapter)
    for (const step of chapter.steps) {
      const outcome = await perform(step, stage)
      voice.step(step, outcome)
      told.push({ step, outcome })
      if (isStuck()) break
    }
  }
  voice.close(told, all - told.length)
  return told.every(({ outcome }) => outcome.ok)
}
