/** The id of the request that is being answered, for what works on its behalf far below: functions show it in their logs. */
import { AsyncLocalStorage } from 'node:async_hooks'

const current = new AsyncLocalStorage<string>()

/** Does `work` as part of the request of that id. */
export const asRequest = <T>(id: string, work: () => T): T => current.run(id, work)

/** Undefined outside of any request. */
export const requestIdNow = (): string | undefined => current.getStore()
