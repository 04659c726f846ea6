/** The photo app's files as browsers get them: the script bundled from its sources whenever they are newer than the bundle. */
import { createHash } from 'node:crypto'
import { glob, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type Asset = { readonly body: Buffer; readonly type: string; readonly etag: string }

const folder = fileURLToPath(new URL('../../examples/photo-app/', import.meta.url))
const bundle = join(folder, 'dist', 'app.js')
/** Newer packages make a new bundle, too. */
const lock = fileURLToPath(new URL('../../package-lock.json', import.meta.url))

type Source = { readonly type: string; read(): Promise<Buffer> }

const fromFolder = (file: string, type: string): Source => ({ type, read: () => readFile(join(folder, file)) })

/** By the path below `/demo/`; the page itself has none. */
const sources: ReadonlyMap<string, Source> = new Map([
  ['', fromFolder('index.html', 'text/html; charset=utf-8')],
  ['style.css', fromFolder('style.css', 'text/css; charset=utf-8')],
  ['icon.svg', fromFolder('icon.svg', 'image/svg+xml')],
  ['app.js', { type: 'text/javascript; charset=utf-8', read: readBundle }],
])

/** The file of that name; undefined for a name that is none, or where the example or its bundler is not installed. */
export async function readAsset(name: string): Promise<Asset | undefined> {
  const source = sources.get(name)
  if (!source) return undefined
  try {
    const body = await source.read()
    return { body, type: source.type, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

const isAbsent = (error: unknown) =>
  error instanceof Error && 'code' in error && ['ENOENT', 'ERR_MODULE_NOT_FOUND'].includes(String(error.code))

/** The bundle in memory and the time of the newest source it was made of. */
let kept: { readonly newest: number; readonly body: Promise<Buffer> } | undefined

async function readBundle(): Promise<Buffer> {
  const newest = await newestSource()
  if (kept?.newest !== newest) {
    const body = readOrBuild(newest)
    kept = { newest, body }
    // A failure is not remembered: the next request tries again.
    body.catch(() => {
      if (kept?.body === body) kept = undefined
    })
  }
  return kept.body
}

async function newestSource(): Promise<number> {
  const files = [lock]
  for await (const file of glob('src/**/*.ts', { cwd: folder })) files.push(join(folder, file))
  const times = await Promise.all(files.map((file) => timeOf(file)))
  return Math.max(...times)
}

const timeOf = (file: string) =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  )

async function readOrBuild(newest: number): Promise<Buffer> {
  if ((await timeOf(bundle)) > newest) return readFile(bundle)
  const { build } = await import('esbuild')
  const { outputFiles } = await build({
    entryPoints: [join(folder, 'src', 'main.ts')],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    legalComments: 'none',
    define: { global: 'globalThis' },
    logLevel: 'silent',
    write: false,
  })
  const body = Buffer.from(outputFiles[0]?.contents ?? [])
  // Kept for the next start where the folder can be written; whole or not at all, as other processes may do the same.
  const draft = `${bundle}.${process.pid}`
  await mkdir(dirname(bundle), { recursive: true })
    .then(() => writeFile(draft, body))
    .then(() => rename(draft, bundle))
    .catch(() => undefined)
  return body
}
