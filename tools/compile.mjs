/**
 * Fills the folder in which poolhouse.js looks for what was compiled before: while an image is made, because a container
 * forgets what it compiled. V8 takes it only from a Node with the same flags, so run this with those of the server.
 */
import { globSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** Tests, and what acts when it is imported: the programs. */
const others = /\.(test|samples)\.ts$|^src\/(main|gateway\/dynamodb\/engine-process)\.ts$/

enableCompileCache(`${root}node_modules/.cache/poolhouse`)
const files = globSync('src/**/*.ts', { cwd: root }).filter((file) => !others.test(file.replaceAll('\\', '/')))
for (const file of files) await import(pathToFileURL(`${root}${file}`).href)
// Last, for it ends the process: without a command it prints its help.
await import('../src/main.ts')
