/**
 * The file of a job: sealed pieces in the store, so that every node can read it and a stolen database cannot be read.
 * See docs/decisions/0011-import-files-in-the-store.md.
 */
import { fail } from '../../wire/errors.ts'
import type { World } from '../../world.ts'
import { type Job, largestFile, startWithin } from './job.ts'
import { addPiece, beginFile, dropFile, keepFile, readPiece } from './store.ts'

/** Bytes of the file in each piece but the last. */
export const pieceSize = 128 * 1024

/** An upload that takes longer has been given up. */
const longestUpload = 3_600_000

const purpose = 'import-file'
const boundTo = (job: Pick<Job, 'poolId' | 'id'>, fileId: string, number: number) =>
  `${job.poolId}/${job.id}/${fileId}/${number}`

/**
 * Takes in a file; it becomes the job's when its last byte is stored, in the place of an earlier one. Refuses one that is
 * too large, in S3's words, and one whose job was started meanwhile. Reads the bytes no faster than they are stored.
 */
export async function receiveFile(world: World, job: Job, bytes: AsyncIterable<Buffer>): Promise<void> {
  const fileId = world.random(16).toString('hex')
  await beginFile(world.db, job, fileId, { now: world.now(), deadAt: world.now() + longestUpload })
  try {
    for await (const { number, piece } of cut(bytes)) {
      const sealed = world.seal.seal(purpose, piece, boundTo(job, fileId, number))
      if (!(await addPiece(world.db, job, fileId, { number, sealed, now: world.now() }))) refuseInterrupted()
    }
    const times = { now: world.now(), deadAt: job.createdAt + startWithin }
    if (!(await keepFile(world.db, job, fileId, times))) refuseInterrupted()
  } catch (error) {
    await dropFile(world.db, job, fileId, world.now())
    throw error
  }
}

const refuseInterrupted = (): never =>
  fail('OperationAborted', 'A conflicting conditional operation is currently in progress against this resource.', {
    status: 409,
    detail: 'another upload took the place of this one, it took too long, or the job was started',
  })

/**
 * Pieces of the same size and a shorter last one, which may be empty: so a file without its end is told from a whole one.
 * Refuses more bytes in all than a file may have.
 */
async function* cut(bytes: AsyncIterable<Buffer>): AsyncGenerator<{ number: number; piece: Buffer }> {
  let gathered: Buffer[] = []
  let size = 0
  let number = 0
  for await (let part of bytes) {
    while (size + part.length >= pieceSize) {
      gathered.push(part.subarray(0, pieceSize - size))
      part = part.subarray(pieceSize - size)
      yield { number, piece: Buffer.concat(gathered) }
      number += 1
      gathered = []
      size = 0
    }
    gathered.push(part)
    size += part.length
    if (number * pieceSize + size > largestFile) refuseLarge()
  }
  yield { number, piece: Buffer.concat(gathered) }
}

const refuseLarge = (): never =>
  fail('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', { status: 400 })

/** Refuses a file by its announced size. */
export function checkLength(length: string | undefined): void {
  if (length !== undefined && Number(length) > largestFile) refuseLarge()
}

/** Thrown when a piece is missing that should be there, or was sealed under another key. */
export class FileLost extends Error {}

/** The bytes of the job's file from a position on. */
export async function* readFile(world: World, job: Job, position: number): AsyncGenerator<Buffer> {
  const { fileId = '' } = job
  let skipped = position % pieceSize
  for (let number = Math.floor(position / pieceSize); ; number += 1) {
    const sealed = await readPiece(world.db, job, fileId, number)
    const piece = sealed && world.seal.open(purpose, sealed, boundTo(job, fileId, number))
    if (!piece) throw new FileLost(`Piece ${number} of the file is missing or cannot be opened.`)
    yield piece.subarray(skipped)
    if (piece.length < pieceSize) return
    skipped = 0
  }
}
