/** Whether a password is known to have been stolen: the commonest, those of the offline list, those a range service knows. */
import { createHash } from 'node:crypto'
import { type FileHandle, open, stat } from 'node:fs/promises'
import type { World } from '../../world.ts'
import { breachedFile, fileHolds, magic, recordsIn } from './breached-file.ts'
import { commonPasswords } from './common-passwords.ts'

/** Answers true if any source knows it. A source that cannot answer knows nothing: signing in does not hang on it. */
export async function isBreached(world: World, password: string): Promise<boolean> {
  if (commonPasswords.has(password)) return true
  const sha1 = createHash('sha1').update(password).digest()
  return (await isInFile(world, sha1)) || (await isInRange(world, sha1))
}

type Opened = { readonly handle: FileHandle; readonly count: number; readonly changedAt: number }
type List = { looked: number; opening: Promise<void>; opened: Opened | undefined }

const lists = new WeakMap<World['seal'], List>()
const lookAgain = 60_000

async function isInFile(world: World, sha1: Buffer): Promise<boolean> {
  let list = lists.get(world.seal)
  if (!list) {
    list = { looked: Number.NEGATIVE_INFINITY, opening: Promise.resolve(), opened: undefined }
    lists.set(world.seal, list)
  }
  if (world.now() >= list.looked + lookAgain) {
    list.looked = world.now()
    list.opening = reopen(world, list)
  }
  await list.opening
  if (!list.opened) return false
  try {
    return await fileHolds(list.opened.handle, list.opened.count, sha1)
  } catch (error) {
    world.log.error({ err: error }, 'The list of breached passwords cannot be read.')
    return false
  }
}

/** A list that was replaced is opened anew; look-ups under way finish with the former, which is closed when let go. */
async function reopen(world: World, list: List): Promise<void> {
  const path = breachedFile(world.settings.dataFolder)
  try {
    const found = await stat(path).catch(() => undefined)
    if (found?.mtimeMs === list.opened?.changedAt) return
    const former = list.opened?.handle
    if (former) setTimeout(() => void former.close().catch(() => {}), lookAgain).unref()
    list.opened = undefined
    if (!found) return
    const handle = await open(path, 'r')
    const count = await countRecords(handle, found.size)
    list.opened = { handle, count, changedAt: found.mtimeMs }
    world.log.info({ passwords: count }, 'The list of breached passwords was opened.')
  } catch (error) {
    world.log.error({ err: error }, 'The list of breached passwords cannot be opened.')
  }
}

async function countRecords(handle: FileHandle, size: number): Promise<number> {
  const head = Buffer.alloc(magic.length)
  try {
    await handle.read(head, 0, head.length, 0)
    return recordsIn(head, size)
  } catch (error) {
    await handle.close()
    throw error
  }
}

/** Closes the list; for the end of the program. */
export async function closeBreached(world: World): Promise<void> {
  const list = lists.get(world.seal)
  lists.delete(world.seal)
  await list?.opening
  await list?.opened?.handle.close().catch(() => {})
}

const rangePatience = 1_500

/**
 * The range service learns the first 20 bits of the hash, and answers all hashes that begin so: k-anonymity. Padding
 * hides from whoever watches the line how many there are.
 */
async function isInRange(world: World, sha1: Buffer): Promise<boolean> {
  const base = world.settings.breachRangeUrl
  if (base === undefined) return false
  const hex = sha1.toString('hex').toUpperCase()
  try {
    const url = `${base.replace(/\/+$/, '')}/${hex.slice(0, 5)}`
    const { status, body } = await world.fetch(url, { headers: { 'add-padding': 'true' }, timeoutMs: rangePatience })
    if (status !== 200) throw new Error(`The range service answered ${status}.`)
    return body
      .toString()
      .split(/\r?\n/)
      .some((line) => {
        const [suffix = '', count = '0'] = line.split(':')
        // Padding has a count of zero.
        return suffix.toUpperCase() === hex.slice(5) && Number(count) > 0
      })
  } catch (error) {
    world.log.warn({ err: error }, 'The range service for breached passwords did not answer.')
    return false
  }
}
