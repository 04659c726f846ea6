/**
 * Where a pool's logs go. Owns the table log_deliveries; makes no record itself and never holds up whoever does.
 * AWS: API reference, SetLogDeliveryConfiguration, GetLogDeliveryConfiguration; Developer Guide, "Exporting logs from
 * Amazon Cognito user pools".
 */
import type { Operation } from '../../wire/operation.ts'
import { admin, operation } from '../doors.ts'
import { checkLogConfigurations, type LogConfiguration } from './configuration.ts'
import { readLogConfigurations, writeLogConfigurations } from './store.ts'

const describe = (UserPoolId: string, configurations: readonly LogConfiguration[]) => ({
  LogDeliveryConfiguration: { UserPoolId, LogConfigurations: [...configurations] },
})

/** Replaces what there was; an empty list ends all delivery. */
export const SetLogDeliveryConfiguration = operation(
  'SetLogDeliveryConfiguration',
  admin,
  async ({ LogConfigurations }, { world, pool }) => {
    checkLogConfigurations(pool, LogConfigurations)
    await writeLogConfigurations(world.db, pool.id, LogConfigurations)
    return describe(pool.id, LogConfigurations)
  },
)

/** A pool without any answers an empty list, as others have measured. */
export const GetLogDeliveryConfiguration = operation('GetLogDeliveryConfiguration', admin, async (_, { world, pool }) =>
  describe(pool.id, await readLogConfigurations(world.db, pool.id)),
)

export const operations: readonly Operation[] = [SetLogDeliveryConfiguration, GetLogDeliveryConfiguration]
