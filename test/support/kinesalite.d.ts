/** A server that speaks Kinesis: the package has no types of its own. */
declare module 'kinesalite' {
  import type { Server } from 'node:http'
  export default function kinesalite(options?: {
    createStreamMs?: number
    deleteStreamMs?: number
    shardLimit?: number
  }): Server
}
