/** The shape of the code: who may import whom (ARCHITECTURE.md), where SQL and the environment may be named. */
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from 'node:test'

const files = globSync('src/**/*.ts').map((file) => file.replaceAll('\\', '/'))
const product = files.filter((file) => !/\.(test|samples)\.ts$/.test(file))
const text = new Map(files.map((file) => [file, readFileSync(file, 'utf8')]))

type Arrow = { from: string; to: string }

const arrows: Arrow[] = product.flatMap((from) =>
  [...(text.get(from) ?? '').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => ({
    from,
    to: normalize(join(dirname(from), match[1] as string)).replaceAll('\\', '/'),
  })),
)

/** From the top down; nothing imports from a row above its own. */
const layers: readonly (readonly string[])[] = [
  ['src/main.ts'],
  ['src/commands/'],
  ['src/demo/workspace.ts'],
  ['src/app.ts', 'src/server.ts', 'src/open-world.ts', 'src/local-https/'],
  ['src/pages/'],
  ['src/oauth/'],
  [
    'src/user-pools/',
    'src/identity-pools/',
    'src/sts/',
    'src/iam/',
    'src/gateway/',
    'src/sync/',
    'src/roles-anywhere/',
    'src/background.ts',
    'src/jobs/',
    'src/delivery/',
    'src/outbound/',
    'src/functions/',
    'src/demo/',
    'src/home-page.ts',
    'src/expiring.ts',
    'src/keys.ts',
    'src/locations.ts',
    'src/config.ts',
    'src/config/',
    'src/slow.ts',
  ],
  ['src/wire/', 'src/store/', 'src/protocols/', 'src/world.ts'],
]
const layerOf = (file: string) => layers.findIndex((row) => row.some((prefix) => file.startsWith(prefix)))

const show = (list: Arrow[]) => list.map(({ from, to }) => `${from} → ${to}`).join('\n')

test('every file of the product has a place in the layers', () => {
  assert.deepEqual(
    product.filter((file) => layerOf(file) < 0),
    [],
  )
})

test('nothing imports from a layer above its own', () => {
  assert.equal(show(arrows.filter(({ from, to }) => layerOf(to) < layerOf(from))), '')
})

test('the foundations are ignorant: protocols import nothing of ours, store no service, wire no service', () => {
  const wrong = arrows.filter(({ from, to }) => {
    if (from.startsWith('src/protocols/')) return !to.startsWith('src/protocols/') && to !== 'src/wire/errors.ts'
    if (from.startsWith('src/store/')) return !to.startsWith('src/store/') && to !== 'src/world.ts'
    if (from.startsWith('src/wire/'))
      return !['src/wire/', 'src/protocols/', 'src/world.ts'].some((allowed) => to.startsWith(allowed))
    return false
  })
  assert.equal(show(wrong), '')
})

/** A slice is a folder below a service; the files directly below a service are one slice together. */
function sliceOf(file: string): string | undefined {
  const [, service, name = '', more] =
    /^src\/(user-pools|identity-pools|sts|iam|gateway|sync|roles-anywhere)\/([\w-]+)(\/|\.ts)/.exec(file) ?? []
  // A folder may have a front of its own name beside it: gateway/s3.ts and gateway/s3/ are one slice.
  const folder = more === '/' || product.some((other) => other.startsWith(`src/${service}/${name}/`)) ? name : undefined
  return folder ? `${service}/${folder}` : service
}
const isIndex = (file: string) =>
  /^src\/[^/]+\/(operations|doors)\.ts$/.test(file) || /^src\/(app|expiring)\.ts$/.test(file)

test("a slice never imports another slice's operations.ts or store.ts", () => {
  const wrong = arrows.filter(
    ({ from, to }) =>
      /\/(operations|(\w+-)*store)\.ts$/.test(to) && sliceOf(to) && sliceOf(from) !== sliceOf(to) && !isIndex(from),
  )
  assert.equal(show(wrong), '')
})

test('the arrows between slices make no cycle', () => {
  const next = new Map<string, Set<string>>()
  for (const { from, to } of arrows) {
    const [a, b] = [sliceOf(from), sliceOf(to)]
    // Operations are leaves: they may ask any slice's rules; the rules themselves make no cycle. Doors stand between.
    if (!a || !b || a === b || isIndex(from) || isIndex(to) || from.endsWith('/operations.ts')) continue
    next.set(a, (next.get(a) ?? new Set()).add(b))
  }
  const cycles: string[] = []
  const done = new Set<string>()
  const walk = (slice: string, path: string[]) => {
    if (path.includes(slice)) cycles.push([...path.slice(path.indexOf(slice)), slice].join(' → '))
    else if (!done.has(slice)) {
      for (const other of next.get(slice) ?? []) walk(other, [...path, slice])
      done.add(slice)
    }
  }
  for (const slice of next.keys()) walk(slice, [])
  assert.deepEqual(cycles, [])
})

/** What is left when, again and again, the files go that import nothing and those that nothing imports: circles, and ways between two. */
function circling(): string[] {
  let left = arrows.filter(({ from, to }) => from !== to)
  for (;;) {
    const importing = new Set(left.map(({ from }) => from))
    const imported = new Set(left.map(({ to }) => to))
    const fewer = left.filter(({ from, to }) => imported.has(from) && importing.has(to))
    if (fewer.length === left.length) return [...importing].sort()
    left = fewer
  }
}

test('no file imports, by whatever way, one that imports it, not even for its types', () => {
  assert.deepEqual(circling(), [])
})

test('SQL is written in store files, migrations and the store itself only', () => {
  const speaks = /\bsql`|from '[./]*store\/(db|sqlite|postgres)\.ts'/
  const wrong = product.filter(
    (file) =>
      !file.startsWith('src/store/') &&
      !/\/(\w+-)?store\.ts$/.test(file) &&
      /\bsql`/.test(text.get(file) ?? '') &&
      speaks.test(text.get(file) ?? ''),
  )
  assert.deepEqual(wrong, [])
})

test('signatures meet keys in one place, so that no way in goes unnoted', () => {
  const verifies =
    /import \{[^}]*\b(?<!type )(?:authenticate|verifyPolicySignature)\b[^}]*\} from '[./]*\/wire\/sigv4\.ts'/
  assert.deepEqual(
    product.filter((file) => verifies.test(text.get(file) ?? '')),
    ['src/sts/authenticate.ts'],
  )
})

test('only main.ts touches process.env', () => {
  assert.deepEqual(
    product.filter(
      (file) => /process\.env/.test((text.get(file) ?? '').replace(/\/\*\*.*?\*\//gs, '')) && file !== 'src/main.ts',
    ),
    [],
  )
})

test('every file opens with a sentence that says what it knows', () => {
  assert.deepEqual(
    product.filter((file) => !/^(#!.*\n)?\/\*\*/.test(text.get(file) ?? '')),
    [],
  )
})
