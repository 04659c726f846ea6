/** Reads a multipart/form-data body up to its file, and the file as a stream. RFC 7578, RFC 2046 5.1.1. */
import type { Readable } from 'node:stream'
import { AwsError, fail } from '../../wire/errors.ts'

export type FormFile = {
  readonly name: string
  readonly bytes: AsyncGenerator<Buffer>
  /** How long it is in a body of so many bytes that ends with it, its delimiter and a line. */
  lengthIn(whole: number): number
}

export type Form = {
  /** Values by lower-case name, in order; the file is not among them. */
  readonly fields: ReadonlyMap<string, string>
  /** Undefined if the form ends without one. */
  readonly file: FormFile | undefined
}

/** "The form data (without the file) is limited to 20 KB"; part headers and boundaries count. */
const mostBefore = 20 * 1024
/** What follows the file is ignored; a little of it is read so that the connection can be used again. */
const mostAfter = 64 * 1024

const malformed = (detail: string): never =>
  fail('MalformedPOSTRequest', 'The body of your POST request is not well-formed multipart/form-data.', {
    status: 400,
    detail,
  })

/** The boundary that a Content-Type names. */
export function boundaryOf(contentType: string): string {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))/i.exec(contentType) ?? []
  return quoted ?? plain ?? malformed('no boundary')
}

export async function readForm(body: Readable, boundary: string): Promise<Form> {
  const source = body.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]()
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1')
  // The first delimiter has no line before it: we lend it one.
  const lent = Buffer.from('\r\n')
  let rest: Buffer = lent
  let before = 0

  async function more(): Promise<boolean> {
    const next = await source.next().catch((error: unknown): never => {
      throw new AwsError('IncompleteBody', 'The request body terminated unexpectedly', {
        status: 400,
        detail: String(error),
      })
    })
    if (next.done) return false
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value])
    return true
  }

  /** The bytes before a mark, which is consumed. */
  async function until(mark: Buffer): Promise<Buffer> {
    for (;;) {
      const at = rest.indexOf(mark)
      const size = at < 0 ? rest.length : at + mark.length
      if (before + size > mostBefore) return tooLong()
      if (at >= 0) {
        const found = rest.subarray(0, at)
        rest = rest.subarray(size)
        before += size
        return found
      }
      if (!(await more())) return malformed('the body ends early')
    }
  }

  /** The bytes of the file up to the next delimiter, in pieces. */
  async function* file(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = rest.indexOf(delimiter)
      if (at >= 0) {
        const last = rest.subarray(0, at)
        rest = rest.subarray(at + delimiter.length)
        if (last.length > 0) yield last
        return drain()
      }
      // A delimiter may have begun at the end of what is here.
      const sure = rest.length - delimiter.length + 1
      if (sure > 0) {
        const piece = rest.subarray(0, sure)
        rest = rest.subarray(sure)
        yield piece
      }
      if (!(await more())) malformed('the file ends early')
    }
  }

  async function drain() {
    let size = rest.length
    for (rest = Buffer.alloc(0); size <= mostAfter && (await more()); rest = Buffer.alloc(0)) size += rest.length
  }

  await until(delimiter)
  const fields = new Map<string, string>()
  for (;;) {
    const line = (await until(Buffer.from('\r\n'))).toString('latin1').trim()
    if (line === '--') return { fields, file: undefined }
    if (line !== '') malformed('text after a boundary')
    const { name, filename } = readPartHeaders((await until(Buffer.from('\r\n\r\n'))).toString('utf8'))
    if (name === 'file') {
      const begins = before - lent.length
      const lengthIn = (whole: number) => whole - begins - delimiter.length - '--\r\n'.length
      return { fields, file: { name: filename ?? '', bytes: file(), lengthIn } }
    }
    // Of a name that comes twice two readers could take different values.
    if (fields.has(name)) malformed(`${name} comes twice`)
    fields.set(name, (await until(delimiter)).toString('utf8'))
  }
}

const tooLong = (): never =>
  fail('MaxPostPreDataLengthExceededError', 'Your POST request fields preceding the upload file were too large.', {
    status: 400,
    extra: { MaxPostPreDataLengthBytes: mostBefore },
  })

function readPartHeaders(text: string): { name: string; filename: string | undefined } {
  const disposition = text.split('\r\n').find((line) => /^content-disposition:/i.test(line)) ?? ''
  // HTML standard, "multipart form data": names are quoted, with %22, %0D and %0A for what quotes cannot hold.
  const read = (parameter: string) => {
    const [, value] = new RegExp(`;\\s*${parameter}=(?:"([^"]*)"|[^\\s;]+)`, 'i').exec(disposition) ?? []
    return value?.replace(/%22|%0D|%0A/gi, (escaped) => decodeURIComponent(escaped))
  }
  const name = read('name')
  if (!/^content-disposition:\s*form-data\b/i.test(disposition) || name === undefined)
    return malformed('a part without a name')
  return { name: name.toLowerCase(), filename: read('filename')?.replace(/^.*[\\/]/s, '') }
}
