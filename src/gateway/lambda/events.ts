/** Events for functions, which nobody waits for: kept before they are acknowledged, and brought to the function later. */
import type { Background } from '../../background.ts'
import { insertJob, type Kind, startJobs } from '../../jobs/queue.ts'
import type { InvokeCall, World } from '../../world.ts'
import { judge } from './asynchronous.ts'

const timeoutMs = 60_000

/** The JSON text that the function is given, and what it finds in its context. */
export type Event = { readonly payload: string } & Pick<InvokeCall, 'clientContext' | 'identity'>

const name = 'function-event'

/** Sealed, as apps may send along what is secret. `id` becomes the request id that the function sees, at every try. */
export const keepEvent = ({ db, seal, now }: World, id: string, arn: string, event: Event): Promise<void> =>
  insertJob(db, { id, kind: name, target: arn, body: seal.seal(name, JSON.stringify(event), id), made: now() })

/** unproved: how many of one function's events AWS brings at once, beyond what the function itself takes. */
export const functionEvents: Kind = {
  ...{ name, what: 'An event for a function', atOnce: 50, atOnceOfTarget: 10, longestTry: timeoutMs },
  async attempt(world, job) {
    const opened = world.seal.open(name, job.body, job.id)
    if (!opened) return { givenUp: 'it was sealed with another key' }
    const { payload, clientContext, identity } = JSON.parse(opened.toString()) as Event
    const call = { timeoutMs, requestId: job.id, ...(clientContext !== undefined && { clientContext }) }
    const result = await world.invoke(job.target, payload, { ...call, ...(identity && { identity }) })
    return judge(result, job, world.now())
  },
}

export const startFunctionEvents = (world: World): Background => startJobs(world, functionEvents, { look: 250 })
