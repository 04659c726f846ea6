/**
 * The files that hold the bytes of objects. They are named by random ids, never by keys, and a file counts only once a
 * row names it: so it needs no rename, and one without a row is waste that the sweeper removes.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { release, transient } from '../../wire/transient.ts'
import type { World } from '../../world.ts'
import { cipherFrom } from './encryption.ts'

/** Bytes are gathered to this size before they are written. */
const writeSize = 512 * 1024
const readSize = 256 * 1024

const idPattern = /^[0-9a-f]{32}$/

/** A random name for a file, a body or an upload. */
export const newId = (world: Pick<World, 'random'>) => world.random(16).toString('hex')

const root = (dataFolder: string) => join(dataFolder, 'objects')

function folderOf(dataFolder: string, id: string): string {
  if (!idPattern.test(id)) throw new Error('That is no name of an object file.')
  return join(root(dataFolder), id.slice(0, 2))
}

const pathOf = (dataFolder: string, id: string) => join(folderOf(dataFolder, id), id)

/** A file being written. Exactly one of `keep` and `discard` ends it. */
export type Sink = {
  readonly id: string
  /** Resolves when more may be written: the bytes before these are on their way to the disk. Nobody may hold these any more. */
  write(bytes: Buffer): Promise<void>
  /** Resolves when every byte is on the disk, and the file's name too. */
  keep(): Promise<void>
  discard(): Promise<void>
}

/** Starts a new file. */
export async function createFile(world: World, { encrypt }: { encrypt: boolean }): Promise<Sink> {
  const { dataFolder } = world.settings
  const id = newId(world)
  const folder = folderOf(dataFolder, id)
  const path = join(folder, id)
  // 0600: the objects are the owner's alone. wx: never an existing file, and no link is followed.
  const create = () => open(path, 'wx', 0o600)
  const handle = await create().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await syncFolder(root(dataFolder))
    return create()
  })
  const cipher = encrypt ? cipherFrom(world.seal, id, 0) : undefined
  let gathered: Buffer[] = []
  let size = 0
  let flushing: Promise<void> = Promise.resolve()

  /** Writes what was gathered while the next bytes are gathered; at most two runs are in memory. */
  async function flush() {
    const run = gathered
    gathered = []
    size = 0
    await flushing
    flushing = writeRun(handle, run)
    // What the cipher made is nobody else's.
    if (cipher) flushing = flushing.then(() => run.forEach(release))
    // Awaited later; a failure in between must not end the process.
    flushing.catch(() => {})
  }

  return {
    id,
    async write(bytes) {
      size += bytes.length
      gathered.push(cipher ? cipher.update(bytes) : bytes)
      // Pieces of requests have memory of their own; a part of something larger may have neighbours that are still to come.
      if (cipher && bytes.length === bytes.buffer.byteLength) release(bytes)
      if (size >= writeSize) await flush()
    },
    async keep() {
      await flush()
      await flushing
      await handle.datasync()
      const { nlink } = await handle.stat()
      await handle.close()
      if (nlink === 0) throw new Error('The file of an upload was removed while it was written.')
      await syncFolder(folder)
    },
    async discard() {
      await flushing.catch(() => {})
      await handle.close().catch(() => {})
      await removeFile(dataFolder, id)
    },
  }
}

/** Writes all of a run; a short write goes on where it stopped. */
async function writeRun(handle: FileHandle, run: readonly Buffer[]): Promise<void> {
  let left = run.filter((piece) => piece.length > 0)
  while (left.length > 0) {
    let { bytesWritten } = await handle.writev(left)
    left = left.flatMap((piece) => {
      const written = Math.min(bytesWritten, piece.length)
      bytesWritten -= written
      return written === piece.length ? [] : [piece.subarray(written)]
    })
  }
}

/** A new name is on the disk only when its folder is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Removes a file; one that is gone already is fine. */
export async function removeFile(dataFolder: string, id: string): Promise<void> {
  await unlink(pathOf(dataFolder, id)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** What reading needs of the world. */
type Reading = { readonly settings: Pick<World['settings'], 'dataFolder'>; readonly seal: World['seal'] }

/** A stretch of a file. */
export type Stretch = { readonly file: string; readonly start: number; readonly length: number }

/** Opens the first stretch, so that a file that is gone is known before the answer begins. Undefined if it is gone. */
export async function openStretches(
  world: Reading,
  stretches: readonly Stretch[],
  encrypted: boolean,
): Promise<Readable | undefined> {
  const [first] = stretches
  if (!first) return Readable.from([])
  try {
    return readStretches(world, stretches, encrypted, await open(pathOf(world.settings.dataFolder, first.file)))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** A stream that closes its file however it ends, even if nobody ever reads it: a generator would not. */
function readStretches(
  { settings: { dataFolder }, seal }: Reading,
  stretches: readonly Stretch[],
  encrypted: boolean,
  first: FileHandle,
): Readable {
  let handle: FileHandle | undefined = first
  let decipher: ReturnType<typeof cipherFrom> | undefined
  let index = 0
  let done = 0

  async function next(): Promise<Buffer | null> {
    for (let stretch = stretches[index]; stretch; stretch = stretches[index]) {
      const left = stretch.length - done
      if (left > 0) {
        handle ??= await open(pathOf(dataFolder, stretch.file))
        const place = Buffer.allocUnsafeSlow(Math.min(readSize, left))
        const { bytesRead } = await handle.read(place, 0, place.length, stretch.start + done)
        if (bytesRead === 0) throw new Error('A file of an object is shorter than its row says.')
        if (encrypted && done === 0) decipher = cipherFrom(seal, stretch.file, stretch.start)
        done += bytesRead
        const bytes = place.subarray(0, bytesRead)
        if (!decipher) return bytes
        const plain = decipher.update(bytes)
        release(bytes)
        return plain
      }
      await handle?.close()
      handle = undefined
      index += 1
      done = 0
    }
    return null
  }

  let reading: Promise<void> = Promise.resolve()
  const stream = new Readable({
    highWaterMark: readSize,
    read() {
      reading = next().then(
        (bytes) => void this.push(bytes),
        (error: Error) => void this.destroy(error),
      )
    },
    destroy(error, callback) {
      reading.then(async () => {
        await handle?.close().catch(() => {})
        handle = undefined
        callback(error)
      })
    },
  })
  return transient(stream)
}

/** The files that have lain unchanged since before a time, folder by folder. */
export async function* oldFiles(dataFolder: string, before: number): AsyncGenerator<string[]> {
  const folders = await readdir(root(dataFolder)).catch(() => [])
  for (const folder of folders.filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    const path = join(root(dataFolder), folder)
    const ids = (await readdir(path)).filter((name) => idPattern.test(name))
    const old: string[] = []
    for (const id of ids) {
      const found = await stat(join(path, id)).catch(() => undefined)
      if (found && found.mtimeMs < before) old.push(id)
    }
    if (old.length > 0) yield old
  }
}

/** Makes the folder of the objects, readable by its owner only. */
export async function prepareFolder(dataFolder: string): Promise<void> {
  await mkdir(root(dataFolder), { recursive: true, mode: 0o700 })
}
