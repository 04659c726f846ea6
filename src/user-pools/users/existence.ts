/** What an app client may learn about who exists. AWS: "Managing user existence error responses". */
import { fail } from '../../wire/errors.ts'
import type { Client } from '../clients/client.ts'

/** Whether unknown users must look like known ones. Unset is LEGACY: AWS's default through the API. */
export const hidesUsers = (client: {
  readonly settings: Pick<Client['settings'], 'PreventUserExistenceErrors'>
}): boolean => client.settings.PreventUserExistenceErrors === 'ENABLED'

/** What LEGACY clients are told by sign-up and recovery. */
export const refuseUnknown = (): never => fail('UserNotFoundException', 'Username/client id combination not found.')
