/** The files that this process has open, where the system tells. */
import { existsSync, readdirSync, readlinkSync } from 'node:fs'

const own = '/proc/self/fd'

/** How many of a data folder's, those of databases apart. */
export const openFiles = (folder: string): number =>
  existsSync(own) ? readdirSync(own).filter((fd) => linkOf(fd).startsWith(folder)).length : 0

function linkOf(fd: string): string {
  try {
    const link = readlinkSync(`${own}/${fd}`)
    return /\.(?:db|sqlite|lock)\b/.test(link) ? '' : link
  } catch {
    return ''
  }
}
