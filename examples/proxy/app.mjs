/** An application that knows nothing about sign-in: it reads what the proxy tells it. `node app.mjs`, then see README.md. */
import { createServer } from 'node:http'

const claimsIn = (jwt = '') => {
  const [, claims] = jwt.split('.')
  return claims ? JSON.parse(Buffer.from(claims, 'base64url').toString()) : undefined
}

createServer(({ url, headers }, response) => {
  if (url === '/logout') {
    const cookies = [0, 1, 2, 3].map((n) => `AWSELBAuthSessionCookie-${n}=; Path=/; Max-Age=0`)
    response.writeHead(302, { 'set-cookie': cookies, location: '/' }).end()
    return
  }
  const user = claimsIn(headers['x-amzn-oidc-data']) ?? JSON.parse(headers['x-poolhouse-claims'] ?? 'null')
  response.setHeader('content-type', 'application/json')
  response.end(`${JSON.stringify({ path: url, user }, null, 2)}\n`)
}).listen(3000, '127.0.0.1', () => console.log('http://127.0.0.1:3000: only the proxy should reach it'))
