/** A user as functions are shown them. */
import type { Text } from './table.ts'

type Shown = { readonly status: string; readonly attributes: Text }

/** The attributes, all text, `sub` first, and the status among them as real events carry it. */
export function triggerAttributes({ status, attributes: { sub, ...rest } }: Shown): Text {
  return { ...(sub !== undefined && { sub }), 'cognito:user_status': status, ...rest }
}
