/** The four ways into one port, HTTP/1.1 and HTTP/2, each in the clear and over TLS, behind one way to ask. */
import { request as requestHttp } from 'node:http'
import { type ClientHttp2Session, connect } from 'node:http2'
import { request as requestHttps } from 'node:https'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'

export type Asked = {
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Lower-case names, `host` among them; of HTTP/2 cookies are sent one by one. */
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Buffer | undefined
}

export type Told = { readonly status: number; readonly headers: Record<string, unknown>; readonly body: Buffer }

export type Transport = {
  readonly name: string
  readonly secure: boolean
  ask(asked: Asked): Promise<Told>
  close(): void
}

/** A body in pieces, as a file would come. */
const piecesOf = (body: Buffer) =>
  Readable.from(
    (function* () {
      for (let at = 0; at < body.length; at += 50_000) yield body.subarray(at, at + 50_000)
    })(),
    { objectMode: false },
  )

const byHttp1 = (port: number, ca: string | undefined): Transport => ({
  name: `HTTP/1.1${ca === undefined ? '' : ' over TLS'}`,
  secure: ca !== undefined,
  ask: ({ method, path, headers, body }) =>
    new Promise((resolve, reject) => {
      const options = { ...{ port, host: '127.0.0.1', method, path, agent: false }, headers: { ...headers } }
      const asked = ca === undefined ? requestHttp(options) : requestHttps({ ...options, ca, servername: 'localhost' })
      asked.on('error', reject)
      asked.on('response', (answer) => {
        const { statusCode: status = 0 } = answer
        buffer(answer).then((whole) => resolve({ status, headers: answer.headers, body: whole }), reject)
      })
      if (!body) asked.end()
      else if (headers['expect']) asked.once('continue', () => piecesOf(body).pipe(asked))
      else piecesOf(body).pipe(asked)
    }),
  close() {},
})

function byHttp2(port: number, ca: string | undefined): Transport {
  let session: ClientHttp2Session | undefined
  return {
    name: `HTTP/2${ca === undefined ? '' : ' over TLS'}`,
    secure: ca !== undefined,
    ask: ({ method, path, headers: { host, cookie, ...headers }, body }) =>
      new Promise((resolve, reject) => {
        session ??= connect(ca === undefined ? `http://localhost:${port}` : `https://localhost:${port}`, {
          ...(ca !== undefined && { ca }),
        })
        const split = cookie === undefined ? {} : { cookie: cookie.split('; ') as unknown as string }
        const asked = session.request(
          { ':method': method, ':path': path, ':authority': host, ...headers, ...split },
          { endStream: !body },
        )
        asked.on('error', reject)
        asked.on('response', ({ ':status': status = 0, ...given }) => {
          buffer(asked).then((whole) => resolve({ status, headers: given, body: whole }), reject)
        })
        if (body && headers['expect']) asked.once('continue', () => piecesOf(body).pipe(asked))
        else if (body) piecesOf(body).pipe(asked)
      }),
    close: () => session?.destroy(),
  }
}

export const openTransports = (port: number, ca: string): readonly Transport[] => [
  byHttp1(port, undefined),
  byHttp2(port, undefined),
  byHttp1(port, ca),
  byHttp2(port, ca),
]
