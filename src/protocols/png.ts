/** PNG (RFC 2083) of black and white squares: all that a QR code needs. */
import { crc32, deflateSync } from 'node:zlib'

const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const framed = Buffer.alloc(body.length + 8)
  framed.writeUInt32BE(data.length, 0)
  body.copy(framed, 4)
  framed.writeUInt32BE(crc32(body), body.length + 4)
  return framed
}

/** Each square is `scale` pixels wide and high; true is black. One bit for each pixel, greyscale. */
export function pngOfSquares(squares: readonly (readonly boolean[])[], scale: number): Buffer {
  const width = (squares[0]?.length ?? 0) * scale
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(squares.length * scale, 4)
  header[8] = 1
  const lines = squares.flatMap((row) => {
    // A line begins with its filter: none.
    const line = Buffer.alloc(1 + Math.ceil(width / 8), 0xff)
    line[0] = 0
    for (let x = 0; x < width; x += 1) {
      const at = 1 + (x >> 3)
      if (row[Math.floor(x / scale)]) line[at] = (line[at] ?? 0) & ~(0x80 >> (x & 7))
    }
    return Array<Buffer>(scale).fill(line)
  })
  const image = deflateSync(Buffer.concat(lines))
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', image), chunk('IEND', Buffer.alloc(0))])
}
