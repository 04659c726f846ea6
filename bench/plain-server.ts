/** What node:http alone allows: reads a body, answers a small JSON. The ceiling of every request; started by bench/ceilings.ts. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const text = JSON.stringify({ Username: 'ada', UserAttributes: [{ Name: 'email', Value: 'ada@example.com' }] })
const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => {
    JSON.parse(Buffer.concat(parts).toString() || '{}')
    response.setHeader('content-type', 'application/x-amz-json-1.1')
    response.setHeader('content-length', Buffer.byteLength(text))
    response.end(text)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
