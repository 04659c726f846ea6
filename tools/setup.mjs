// Installs what is missing before `npm start`, `npm test` and their like; runs on any Node, so that a fresh machine needs nothing but npm.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const wanted = join(root, 'package-lock.json')
// npm writes this copy of the lock file after a complete installation.
const installed = join(root, 'node_modules', '.package-lock.json')

/** Name and version of everything that must be there; packages for other platforms are absent on purpose. */
const versions = (file, keep) => {
  const { packages } = JSON.parse(readFileSync(file, 'utf8'))
  return new Map(
    Object.entries(packages)
      .filter(([path, one]) => path && keep(one))
      .map(([path, one]) => [path, one.version]),
  )
}

const complete = () => {
  if (!existsSync(installed) || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false
  const here = versions(installed, () => true)
  return [...versions(wanted, (one) => !one.optional && !one.peer)].every(
    ([path, version]) => here.get(path) === version,
  )
}

if (!complete()) {
  console.error('poolhouse: installing dependencies (once; about a minute)…')
  const ran = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (ran.status !== 0) {
    console.error('poolhouse: `npm ci` failed. Check that the npm registry can be reached, then run the command again.')
    process.exit(ran.status || 1)
  }
}
