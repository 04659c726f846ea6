/** A server behind the gateway that behaves as a test says, one connection at a time, and knows what became of each. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'

/** One connection: what it brought, and its end. */
export type Heard = {
  readonly socket: Socket
  /** Everything that came, head and body. */
  bytes: Buffer
  readonly closed: Promise<void>
}

export type OddServer = {
  readonly url: string
  /** Told of each connection once a head is whole; `undefined` lets it hang. */
  behave: (heard: Heard) => void
  readonly connections: Heard[]
  /** How many are open. */
  open(): number
  close(): Promise<void>
}

export async function startOddServer(): Promise<OddServer> {
  const connections: Heard[] = []
  const open = new Set<Socket>()
  const listener = createServer((socket) => {
    const heard: Heard = {
      socket,
      bytes: Buffer.alloc(0),
      closed: new Promise((resolve) => socket.once('close', () => resolve())),
    }
    connections.push(heard)
    open.add(socket)
    let told = false
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    socket.on('data', (piece) => {
      heard.bytes = Buffer.concat([heard.bytes, piece])
      if (told || !heard.bytes.includes('\r\n\r\n')) return
      told = true
      server.behave(heard)
    })
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const server: OddServer = {
    url: `http://127.0.0.1:${(listener.address() as AddressInfo).port}`,
    behave: () => {},
    connections,
    open: () => open.size,
    async close() {
      for (const socket of open) socket.destroy()
      listener.close()
      await once(listener, 'close')
    },
  }
  return server
}
