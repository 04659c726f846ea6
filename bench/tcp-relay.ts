/** `node bench/tcp-relay.ts <port>`: copies bytes between its own port, which it prints, and that one: the ceiling of forwarding. */
import { type AddressInfo, connect, createServer } from 'node:net'

const port = Number(process.argv[2])
const server = createServer({ noDelay: true }, (near) => {
  const far = connect({ port, host: '127.0.0.1', noDelay: true })
  near.pipe(far).pipe(near)
  near.on('error', () => far.destroy())
  far.on('error', () => near.destroy())
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port))
