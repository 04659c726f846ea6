/**
 * `node bench/tcp-relay.ts <port> [megabits]`: copies bytes between its own port, which it prints, and that one: the
 * ceiling of forwarding. With a speed in megabits a second it is a link to another machine: bytes take their time each way.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { pipeline } from 'node:stream/promises'

const port = Number(process.argv[2])
const megabits = Number(process.argv[3] ?? 0)
const clock = new Int32Array(new SharedArrayBuffer(4))

/** Stands still as long as the bytes are on their way: timers know whole milliseconds only. */
async function* slowly(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of bytes) {
    Atomics.wait(clock, 0, 0, (piece.length * 8) / (megabits * 1000))
    yield piece
  }
}

const copy = (from: Socket, to: Socket) => (megabits > 0 ? pipeline(from, slowly, to) : pipeline(from, to))

const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ port, host: '127.0.0.1', noDelay: true })
  // Who goes away takes the other along.
  Promise.all([copy(near, far), copy(far, near)]).catch(() => [near, far].map((one) => one.destroy()))
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
