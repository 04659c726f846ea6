/** Reads lines and runs of bytes from a stream of buffers, without ever holding more than one buffer and one line. */

export class ByteReader {
  #source: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** Whether there are bytes left; waits for some or for the end. */
  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const next = await this.#source.next()
      if (next.done) return false
      this.#rest = next.value
    }
    return true
  }

  /** Up to `most` bytes as they come, or undefined at the end. */
  async some(most: number): Promise<Buffer | undefined> {
    if (!(await this.#fill())) return undefined
    const piece = this.#rest.subarray(0, most)
    this.#rest = this.#rest.subarray(piece.length)
    return piece
  }

  /** The bytes before the next CR LF as a byte string; undefined if there is none within `most` bytes. */
  async line(most: number): Promise<string | undefined> {
    let text = ''
    while (text.length <= most + 2 && (await this.#fill())) {
      const at = this.#rest.indexOf(0x0a)
      const piece = this.#rest.subarray(0, at < 0 ? most + 2 : at + 1)
      text += piece.toString('latin1')
      this.#rest = this.#rest.subarray(piece.length)
      if (at >= 0) return text.endsWith('\r\n') && text.length <= most + 2 ? text.slice(0, -2) : undefined
    }
    return undefined
  }

  async atEnd(): Promise<boolean> {
    return !(await this.#fill())
  }
}
