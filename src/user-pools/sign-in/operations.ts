/**
 * Signing in: flows, challenges and their answers, for users and for administrators on their behalf.
 * Owns the tables challenges and lockouts; never issues a token itself and never sends a message.
 * AWS: API reference, InitiateAuth, AdminInitiateAuth, RespondToAuthChallenge, AdminRespondToAuthChallenge;
 * Developer Guide, "Authentication with Amazon Cognito user pools".
 */
import type { Context, Operation } from '../../wire/operation.ts'
import type { Client } from '../clients/client.ts'
import { adminClient, client, operation } from '../doors.ts'
import type { Pool } from '../pools/pool.ts'
import { originOf, type Told } from '../risk/origin.ts'
import { begin, respond } from './machine.ts'
import type { Given } from './progress.ts'
import type { Family, SignInOperation, Turn } from './turn.ts'

const turnOf = (
  context: Context & { readonly pool: Pool; readonly client: Client },
  family: Exclude<Family, 'hosted'>,
  name: SignInOperation,
  { ClientMetadata, Session, ...told }: Told & { readonly ClientMetadata?: Given; readonly Session?: string },
): Turn => ({
  ...{ world: context.world, pool: context.pool, client: context.client, family, operation: name },
  clientMetadata: ClientMetadata,
  signedUp: Session,
  from: { address: context.address, userAgent: context.userAgent },
  origin: originOf(context, context.client, told, family),
})

export const InitiateAuth = operation('InitiateAuth', client, (input, context) =>
  begin(turnOf(context, 'public', 'InitiateAuth', input), input.AuthFlow, input.AuthParameters ?? {}),
)

export const AdminInitiateAuth = operation('AdminInitiateAuth', adminClient, (input, context) =>
  begin(turnOf(context, 'admin', 'AdminInitiateAuth', input), input.AuthFlow, input.AuthParameters ?? {}),
)

export const RespondToAuthChallenge = operation(
  'RespondToAuthChallenge',
  client,
  ({ ChallengeName, ChallengeResponses, Session, ...more }, context) =>
    respond(
      turnOf(context, 'public', 'RespondToAuthChallenge', more),
      ChallengeName,
      ChallengeResponses ?? {},
      Session,
    ),
)

export const AdminRespondToAuthChallenge = operation(
  'AdminRespondToAuthChallenge',
  adminClient,
  ({ ChallengeName, ChallengeResponses, Session, ...more }, context) =>
    respond(
      turnOf(context, 'admin', 'AdminRespondToAuthChallenge', more),
      ChallengeName,
      ChallengeResponses ?? {},
      Session,
    ),
)

export const operations: readonly Operation[] = [
  InitiateAuth,
  AdminInitiateAuth,
  RespondToAuthChallenge,
  AdminRespondToAuthChallenge,
]
