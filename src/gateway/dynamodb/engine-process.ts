/**
 * What runs in the process of the embedded DynamoDB: dynalite over a folder, listening on a socket of this machine that
 * only we can reach. It has a process of its own because it throws what it does not expect where nobody can catch it.
 */
import { Socket } from 'node:net'

type Server = { listen(path: string, done: () => void): unknown; close(done: () => void): unknown }

const [, , folder = '', socket = ''] = process.argv
/** The package has no types of its own, and may be absent. */
const name: string = 'dynalite'
const { default: dynalite } = (await import(name)) as { default: (options: object) => Server }
const server = dynalite({ path: folder, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 })
server.listen(socket, () => process.stdout.write('ready\n'))

// The server that started us has gone, in whatever way.
const tie = new Socket({ fd: 3 })
tie.on('close', () => {
  setTimeout(() => process.exit(0), 2_000).unref()
  server.close(() => process.exit(0))
})
tie.on('error', () => {})
tie.resume()
