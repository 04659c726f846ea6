/**
 * The product behind a port that speaks HTTP and HTTPS: whoever comes by TLS is given addresses and issuers that begin
 * with https. It is the same world seen through another scheme; tokens of either count (`isIssuerOf`).
 */
import { createApp } from '../app.ts'
import type { Answer, Call } from '../wire/http.ts'
import type { Tls } from '../wire/tell-apart.ts'
import type { World } from '../world.ts'

type App = (call: Call) => Promise<Answer>

const toHttps = (url: string) => url.replace(/^http:/, 'https:')

export function createAppBehind(world: World, tls: Pick<Tls, 'plain'> | undefined): App {
  const app = createApp(world)
  const { publicUrl, issuer } = world.settings
  if (!tls?.plain || !publicUrl.startsWith('http:')) return app
  const secured = createApp({
    ...world,
    settings: { ...world.settings, publicUrl: toHttps(publicUrl), issuer: toHttps(issuer) },
  })
  return (call) => (call.secure ? secured(call) : app(call))
}
