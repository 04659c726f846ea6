/**
 * Where a pool's logs go. Owns the table log_deliveries; makes no record itself and never holds up whoever does.
 * AWS: API reference, SetLogDeliveryConfiguration, GetLogDeliveryConfiguration; Developer Guide, "Exporting logs from
 * Amazon Cognito user pools".
 */
import { authorize } from '../../iam/authorize.ts'
import type { Context, Operation } from '../../wire/operation.ts'
import { admin, operation } from '../doors.ts'
import { checkLogConfigurations, type LogConfiguration } from './configuration.ts'
import { readLogConfigurations, writeLogConfigurations } from './store.ts'

const describe = (UserPoolId: string, configurations: readonly LogConfiguration[]) => ({
  LogDeliveryConfiguration: { UserPoolId, LogConfigurations: [...configurations] },
})

/**
 * The server writes there with rights of its own, so whoever names a bucket must be able to open it. unproved: that this is
 * the right AWS asks for; CloudFormation lists it among those it needs for such a configuration.
 */
async function requireBuckets(context: Context, wanted: readonly LogConfiguration[]): Promise<void> {
  for (const { S3Configuration: bucket } of wanted) {
    if (bucket?.BucketArn) await authorize(context, { action: 's3:PutBucketPolicy', resource: bucket.BucketArn })
  }
}

/** Replaces what there was; an empty list ends all delivery. */
export const SetLogDeliveryConfiguration = operation(
  'SetLogDeliveryConfiguration',
  admin,
  async ({ LogConfigurations }, context) => {
    const { world, pool } = context
    checkLogConfigurations(pool, LogConfigurations)
    await requireBuckets(context, LogConfigurations)
    await writeLogConfigurations(world.db, pool.id, LogConfigurations)
    return describe(pool.id, LogConfigurations)
  },
)

/** A pool without any answers an empty list, as others have measured. */
export const GetLogDeliveryConfiguration = operation('GetLogDeliveryConfiguration', admin, async (_, { world, pool }) =>
  describe(pool.id, await readLogConfigurations(world.db, pool.id)),
)

export const operations: readonly Operation[] = [SetLogDeliveryConfiguration, GetLogDeliveryConfiguration]
