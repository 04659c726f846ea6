/**
 * The link of a message that confirms a new user. As AWS's does, the visit itself confirms; programs that look at links
 * before people do thereby confirm too, so that whoever comes next with the same link is told that all is well.
 * AWS: Developer Guide, "Configuring email or phone verification".
 */
import { AwsError } from '../../wire/errors.ts'
import type { Call } from '../../wire/http.ts'
import type { World } from '../../world.ts'
import type { Client } from '../clients/client.ts'
import { findClient } from '../clients/find.ts'
import { recallCode, rememberCode } from '../codes/code.ts'
import { simulatedSub } from '../passwords/srp.ts'
import type { Pool } from '../pools/pool.ts'
import { countRequest } from '../risk/rates.ts'
import { findUser } from '../users/find.ts'
import { confirmByCode } from './confirm.ts'

/**
 * `unfinished`: a function of the pool failed afterwards. One word for all that can be wrong: who has only guessed a link
 * learns nothing, not even whether there is such a user.
 */
export type Outcome = 'confirmed' | 'unfinished' | 'invalid' | 'limited'

type Owner = { readonly pool: Pool; readonly client: Client }

/** Confirms, and answers whose client it was; undefined where the link names none. */
export async function followLink(
  world: World,
  call: Call,
): Promise<{ readonly outcome: Outcome; readonly found: Owner | undefined }> {
  const given = new URLSearchParams(call.query)
  const [clientId, Username, ConfirmationCode] = ['client_id', 'user_name', 'confirmation_code'].map(
    (name) => given.getAll(name).length === 1 && given.get(name),
  )
  // The longest that the API takes, shapes ClientIdType, UsernameType and ConfirmationCodeType.
  const found = !clientId || clientId.length > 128 ? undefined : await findClient(world, clientId)
  const complete = Username && ConfirmationCode && Username.length <= 128 && ConfirmationCode.length <= 2048
  if (!found || !complete) return { outcome: 'invalid', found }
  return { outcome: await confirm(world, call, found, { Username, ConfirmationCode }), found }
}

type Visit = { readonly Username: string; readonly ConfirmationCode: string }

async function confirm(world: World, call: Call, { pool, client }: Owner, visit: Visit): Promise<Outcome> {
  let taken = false
  try {
    await countRequest(world, pool, 'ConfirmSignUp')
    if (await cameBefore(world, pool, visit)) return 'confirmed'
    await confirmByCode(world, pool, client, visit, async (db, subject) => {
      await rememberCode(db, world, pool, subject, 'confirmed-by-link', visit.ConfirmationCode)
      taken = true
    })
    return 'confirmed'
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    const { code, detail } = error
    world.log.info({ requestId: call.id, pool: pool.id, code, detail }, 'A confirmation link did not do all it should.')
    // Of two visits at once the second finds the code taken by the first.
    if (!taken && (await cameBefore(world, pool, visit))) return 'confirmed'
    if (code === 'LimitExceededException' || code === 'TooManyRequestsException') return 'limited'
    return taken && code !== 'AliasExistsException' ? 'unfinished' : 'invalid'
  }
}

async function cameBefore(world: World, pool: Pool, { Username, ConfirmationCode }: Visit): Promise<boolean> {
  const subject = (await findUser(world, pool, Username)) ?? { sub: simulatedSub(world, pool, Username) }
  return recallCode(world, pool, subject, 'confirmed-by-link', ConfirmationCode)
}
