import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eachEngine } from '../../../test/support/databases.ts'
import { completeSettings } from '../pools/settings.ts'
import { insertPool } from '../pools/store.ts'
import type { LogConfiguration } from './configuration.ts'
import * as store from './store.ts'

const configuration = (BucketArn: string): LogConfiguration => ({
  EventSource: 'userAuthEvents',
  LogLevel: 'INFO',
  S3Configuration: { BucketArn },
})

eachEngine((engine) => {
  test('a pool has no log configurations until they are set; then the last ones set', async () => {
    const db = await engine.open()
    for (const id of ['p', 'q']) {
      await insertPool(db, { id, region: 'us-east-1', name: id, settings: completeSettings({}), own: [], createdAt: 1 })
    }
    assert.deepEqual(await store.readLogConfigurations(db, 'p'), [])
    await store.writeLogConfigurations(db, 'p', [configuration('arn:aws:s3:::one')])
    await store.writeLogConfigurations(db, 'p', [configuration('arn:aws:s3:::two')])
    assert.deepEqual(await store.readLogConfigurations(db, 'p'), [configuration('arn:aws:s3:::two')])
    assert.deepEqual(await store.readLogConfigurations(db, 'q'), [])
    await store.writeLogConfigurations(db, 'p', [])
    assert.deepEqual(await store.readLogConfigurations(db, 'p'), [])
  })
})
