/** A process for the store's tests: holds the lock of the folder it is told until it is killed. */
import { lockFolder } from '../../src/store/folder-lock.ts'

const folder = process.argv[2]
if (!folder) throw new Error('Usage: hold-folder.ts <folder>')
await lockFolder(folder)
process.stdout.write('held\n')
setInterval(() => {}, 60_000)
