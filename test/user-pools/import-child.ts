/** A node that works on import jobs, in a process of its own, to be killed: `fork(this file, [folder, master key in hex])`. */
import { join } from 'node:path'
import { createSeal } from '../../src/protocols/seal.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { startImports } from '../../src/user-pools/imports/worker.ts'
import { testWorld } from '../support/world.ts'

const [folder = '', key = ''] = process.argv.slice(2)
const world = await testWorld({ database: await openSqlite(join(folder, 'poolhouse.db')) })
startImports({ ...world, seal: createSeal(Buffer.from(key, 'hex')) }, { look: 10 })
// Until it is killed, or its parent is gone.
process.on('disconnect', () => process.exit(0))
