/** A node that works on import jobs, in a process of its own, and is killed in its ninth batch: `fork(this file, [folder, master key in hex])`. */
import { join } from 'node:path'
import { createSeal } from '../../src/protocols/seal.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { startImports } from '../../src/user-pools/imports/worker.ts'
import { testWorld } from '../support/world.ts'

const [folder = '', key = ''] = process.argv.slice(2)
const database = await openSqlite(join(folder, 'poolhouse.db'))
let batches = 0
const transaction: typeof database.transaction = (work) =>
  database.transaction(async (db) => {
    const done = await work(db)
    batches += 1
    if (batches === 9) process.kill(process.pid, 'SIGKILL')
    return done
  })
const world = await testWorld({ database: { ...database, transaction } })
startImports({ ...world, seal: createSeal(Buffer.from(key, 'hex')) }, { look: 10 })
// Or its parent is gone.
process.on('disconnect', () => process.exit(0))
