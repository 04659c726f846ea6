/** Every operation of the user pools API that Poolhouse has. */
import type { Operation } from '../wire/operation.ts'

export const operations: readonly Operation[] = []
