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
import { begin, respond } from './machine.ts'
import type { Family, Given, SignInOperation, Turn } from './turn.ts'

const turnOf = (
  { world, pool, client, address, userAgent }: Context & { readonly pool: Pool; readonly client: Client },
  family: Family,
  name: SignInOperation,
  clientMetadata: Given | undefined,
): Turn => ({ world, pool, client, family, operation: name, clientMetadata, from: { address, userAgent } })

export const InitiateAuth = operation('InitiateAuth', client, ({ AuthFlow, AuthParameters, ClientMetadata }, context) =>
  begin(turnOf(context, 'public', 'InitiateAuth', ClientMetadata), AuthFlow, AuthParameters ?? {}),
)

export const AdminInitiateAuth = operation(
  'AdminInitiateAuth',
  adminClient,
  ({ AuthFlow, AuthParameters, ClientMetadata }, context) =>
    begin(turnOf(context, 'admin', 'AdminInitiateAuth', ClientMetadata), AuthFlow, AuthParameters ?? {}),
)

export const RespondToAuthChallenge = operation(
  'RespondToAuthChallenge',
  client,
  ({ ChallengeName, ChallengeResponses, Session, ClientMetadata }, context) =>
    respond(
      turnOf(context, 'public', 'RespondToAuthChallenge', ClientMetadata),
      ChallengeName,
      ChallengeResponses ?? {},
      Session,
    ),
)

export const AdminRespondToAuthChallenge = operation(
  'AdminRespondToAuthChallenge',
  adminClient,
  ({ ChallengeName, ChallengeResponses, Session, ClientMetadata }, context) =>
    respond(
      turnOf(context, 'admin', 'AdminRespondToAuthChallenge', ClientMetadata),
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
