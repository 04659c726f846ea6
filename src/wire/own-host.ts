/** The name under which this server is known, and the name a call came by. */
import type { Settings } from '../world.ts'
import type { Call } from './http.ts'

let known: { publicUrl: string; host: string } | undefined

/** The host of the public URL, without its port. */
export function ownHost({ publicUrl }: Pick<Settings, 'publicUrl'>): string {
  if (known?.publicUrl !== publicUrl) known = { publicUrl, host: new URL(publicUrl).hostname }
  return known.host
}

/** The host that a call names, without its port, in lower case. */
export const hostOf = ({ headers }: Pick<Call, 'headers'>): string =>
  (headers['host'] ?? '').toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
