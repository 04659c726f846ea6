/** A process for the store's tests: writes rows to the SQLite file it is told, printing each number once acknowledged. */
import { sql } from '../../src/store/db.ts'
import { openSqlite } from '../../src/store/sqlite.ts'

const file = process.argv[2]
if (!file) throw new Error('Usage: write-loop.ts <file>')
const db = await openSqlite(file)
await db.run(sql`create table if not exists acknowledged (number bigint primary key)`)

async function write(lane: number) {
  for (let number = lane; ; number += 8) {
    if (lane % 2) await db.run(sql`insert into acknowledged (number) values (${number})`)
    else await db.transaction((inside) => inside.run(sql`insert into acknowledged (number) values (${number})`))
    process.stdout.write(`${number}\n`)
  }
}
for (let lane = 0; lane < 8; lane += 1) void write(lane)
