/**
 * Where streams and pushes go: the setting `--sync`, a JSON file or JSON itself:
 * `{ "streams": { "<name or *>": { "endpoint", "region", "accessKeyId", "secretAccessKey" } | { "url", "secret" } },
 *    "push": { "endpoint", "region", "accessKeyId", "secretAccessKey" } | { "url", "secret" } }`.
 */

import { jsonRow, jsonRows, readJsonSetting } from '../config/json.ts'
import { readDestination } from '../outbound/destination.ts'
import type { Destination, SyncSettings } from '../world.ts'

export const noSync: SyncSettings = { streams: new Map(), push: undefined }

export const findDestination = ({ streams }: SyncSettings, name: string): Destination | undefined =>
  streams.get(name) ?? streams.get('*')

const flag = '--sync'

export function readSync(setting: string | undefined): SyncSettings {
  if (setting === undefined) return noSync
  const row = jsonRow(flag, '', readJsonSetting(flag, setting))
  row.only(['streams', 'push'])
  const { streams = {}, push } = row.members
  return {
    streams: new Map(jsonRows(flag, 'streams', streams).map(([name, one]) => [name, readDestination(one)])),
    push: push === undefined ? undefined : readDestination(jsonRow(flag, 'push', push)),
  }
}
