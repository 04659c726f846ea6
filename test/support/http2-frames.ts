/** A peer that speaks HTTP/2 frame by frame (RFC 9113 4), for what no client of good manners would send. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { preface } from '../../src/wire/first-bytes.ts'

export type Frame = { readonly type: string; readonly flags: number; readonly stream: number; readonly payload: Buffer }

const types = ['data', 'headers', 'priority', 'reset', 'settings', 'push', 'ping', 'goaway', 'window', 'continuation']
export const endStream = 0x1
export const endHeaders = 0x4
export const ack = 0x1

export function frame(type: string, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = types.indexOf(type)
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

export function number(value: number, bytes = 4): Buffer {
  const text = Buffer.alloc(bytes)
  text.writeUIntBE(value, 0, bytes)
  return text
}

/** RFC 7541 5.1. */
function integer(value: number, bits: number, first = 0): number[] {
  const most = 2 ** bits - 1
  if (value < most) return [first | value]
  const parts = [first | most]
  let rest = value - most
  for (; rest >= 128; rest = Math.floor(rest / 128)) parts.push((rest % 128) + 128)
  return [...parts, rest]
}

const text = (value: string) => [...integer(value.length, 7), ...Buffer.from(value, 'latin1')]

export type Field = readonly [name: string, value: string]

/** RFC 7541 6.2.2: literal, not indexed; one character is one byte. */
export const block = (...fields: readonly Field[]): Buffer =>
  Buffer.from(fields.flatMap(([name, value]) => [0, ...text(name), ...text(value)]))

/** RFC 7541 6.2.1: put into the dynamic table, where `indexed` finds the last one. */
export const remembered = ([name, value]: Field): Buffer => Buffer.from([0x40, ...text(name), ...text(value)])
export const indexed = (times: number): Buffer => Buffer.alloc(times, 0x80 | 62)

export const request = (path = '/', method = 'GET', authority = 'localhost'): Field[] => [
  [':method', method],
  [':scheme', 'http'],
  [':path', path],
  [':authority', authority],
]

export const settings = (...pairs: readonly (readonly [id: number, value: number])[]): Buffer =>
  frame('settings', 0, 0, Buffer.concat(pairs.map(([id, value]) => Buffer.concat([number(id, 2), number(value)]))))

export type Peer = {
  readonly socket: Socket
  readonly heard: readonly Frame[]
  /** Until the connection is closed. */
  readonly closed: Promise<void>
  send(...bytes: readonly Uint8Array[]): void
  /** The first frame of that kind, come or to come; rejects once the connection is closed. */
  first(type: string, stream?: number): Promise<Frame>
  /** The code of the GOAWAY that ends the connection; undefined where it is closed without one. */
  farewell(): Promise<number | undefined>
}

/** Connected, with the preface and empty settings sent; over TLS where an authority is given to believe. */
export async function speakFrames(
  port: number,
  hello: readonly Uint8Array[] = [preface, settings()],
  ca?: string,
): Promise<Peer> {
  const socket: Socket =
    ca === undefined
      ? connect(port, '127.0.0.1')
      : connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca, ALPNProtocols: ['h2'] })
  const heard: Frame[] = []
  const waiting = new Set<() => void>()
  let rest: Buffer = Buffer.alloc(0)
  socket.on('error', () => {})
  socket.on('data', (bytes) => {
    rest = Buffer.concat([rest, bytes])
    while (rest.length >= 9 && rest.length >= 9 + rest.readUIntBE(0, 3)) {
      const end = 9 + rest.readUIntBE(0, 3)
      const stream = rest.readUInt32BE(5) & 0x7fffffff
      heard.push({ type: types[rest[3] ?? 0] ?? '', flags: rest[4] ?? 0, stream, payload: rest.subarray(9, end) })
      rest = rest.subarray(end)
    }
    for (const look of waiting) look()
  })
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, ca === undefined ? 'connect' : 'secureConnect')
  socket.write(Buffer.concat(hello))
  return {
    ...{ socket, heard, closed },
    send(...bytes) {
      if (socket.writable) socket.write(Buffer.concat(bytes))
    },
    first: (type, stream) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = heard.find((one) => one.type === type && (stream === undefined || one.stream === stream))
          if (!found) return
          waiting.delete(look)
          resolve(found)
        }
        waiting.add(look)
        void closed.then(() => reject(new Error(`The connection was closed before ${type} came.`)))
        look()
      }),
    async farewell() {
      await closed
      return heard.findLast(({ type }) => type === 'goaway')?.payload.readUInt32BE(4)
    },
  }
}

/** The code of a reset, by RFC 9113 7. */
export const codeOf = ({ payload }: Frame): number => payload.readUInt32BE(0)
