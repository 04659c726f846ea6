/** What a scenario is, and what it is given to run with. */
import type { Ceilings } from './ceilings.ts'
import type { Load } from './load.ts'
import type { PoolIds, Workspace } from './workspace.ts'

export type Bench = {
  readonly port: number
  readonly seconds: number
  readonly cpus: number
  readonly workspace: Workspace
  readonly crowds: readonly (PoolIds & { readonly users: number })[]
  /** Clock and CPU time run only inside; answers what the work answered. */
  timed<Result>(work: () => Promise<Result>): Promise<Result>
}

export type Scenario = {
  readonly name: string
  /** Turns per second of CPU time of the server. */
  readonly floor?: number
  readonly aim?: number
  /** For scenarios judged by their median latency: milliseconds. */
  readonly floorMs?: number
  readonly aimMs?: number
  readonly ceiling: { readonly name: string; of(ceilings: Ceilings): number }
  run(bench: Bench): Promise<Load>
}
