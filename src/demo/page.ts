/** Serves the photo app below `/demo`: its page, its script and style, and the ids it needs. Development only. */
import type { Answer, Call } from '../wire/http.ts'
import type { World } from '../world.ts'
import { type Asset, readAsset } from './bundle.ts'
import { readDemo } from './facts.ts'

export const isDemoCall = (call: Call): boolean => call.path === '/demo' || call.path.startsWith('/demo/')

/** `GET /demo`, `/demo/config.json`, `/demo/app.js`, `/demo/style.css`, `/demo/icon.svg`. */
export async function answerDemo(world: World, call: Call): Promise<Answer> {
  if (call.method !== 'GET' && call.method !== 'HEAD')
    return { ...sentence(405, 'The photo app is only read.'), headers: { allow: 'GET, HEAD' } }
  const name = call.path.slice('/demo/'.length)
  if (name === 'config.json') return config(world)
  const asset = await readAsset(name)
  if (!asset)
    return sentence(
      404,
      'There is no such page. The photo app needs examples/photo-app and the development packages (npm install).',
    )
  return file(asset, call, world)
}

function file({ body, type, etag }: Asset, call: Call, world: World): Answer {
  const headers = {
    etag,
    // Always asked for, mostly answered 304: an edited source shows on the next reload.
    'cache-control': 'no-cache',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': policy(world),
  }
  if (call.headers['if-none-match'] === etag) return { status: 304, headers }
  return { status: 200, headers: { ...headers, 'content-type': type }, body }
}

/** The page may talk to itself and to the endpoint, which another origin may be when it is opened as 127.0.0.1. */
const policy = ({ settings }: World) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    `connect-src 'self' ${new URL(settings.publicUrl).origin}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')

/** What the app's client libraries are configured with. Nothing in it is secret. */
async function config(world: World): Promise<Answer> {
  const demo = await readDemo(world)
  if (!demo) return sentence(404, 'There is no demo workspace here. Start with --demo to make one.')
  const { publicUrl: endpoint, region } = world.settings
  const { app: _, ...ids } = demo
  return {
    status: 200,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    body: JSON.stringify({ endpoint, region, mailbox: `${endpoint}/mailbox`, ...ids }),
  }
}

const sentence = (status: number, text: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
  body: `${text}\n`,
})
