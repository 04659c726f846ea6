/**
 * Signing in: flows, challenges and their answers, for users and for administrators on their behalf.
 * Owns the tables challenges and lockouts; never issues a token itself and never sends a message.
 * AWS: API reference, InitiateAuth, AdminInitiateAuth, RespondToAuthChallenge, AdminRespondToAuthChallenge;
 * Developer Guide, "Authentication with Amazon Cognito user pools".
 */
import type { Operation } from '../../wire/operation.ts'
import { adminClient, client, operation } from '../doors.ts'
import { begin, respond } from './machine.ts'

export const InitiateAuth = operation(
  'InitiateAuth',
  client,
  ({ AuthFlow, AuthParameters, ClientMetadata }, { world, pool, client }) =>
    begin(
      { world, pool, client, family: 'public', operation: 'InitiateAuth', clientMetadata: ClientMetadata },
      AuthFlow,
      AuthParameters ?? {},
    ),
)

export const AdminInitiateAuth = operation(
  'AdminInitiateAuth',
  adminClient,
  ({ AuthFlow, AuthParameters, ClientMetadata }, { world, pool, client }) =>
    begin(
      { world, pool, client, family: 'admin', operation: 'AdminInitiateAuth', clientMetadata: ClientMetadata },
      AuthFlow,
      AuthParameters ?? {},
    ),
)

export const RespondToAuthChallenge = operation(
  'RespondToAuthChallenge',
  client,
  ({ ChallengeName, ChallengeResponses, Session, ClientMetadata }, { world, pool, client }) =>
    respond(
      { world, pool, client, family: 'public', operation: 'RespondToAuthChallenge', clientMetadata: ClientMetadata },
      ChallengeName,
      ChallengeResponses ?? {},
      Session,
    ),
)

export const AdminRespondToAuthChallenge = operation(
  'AdminRespondToAuthChallenge',
  adminClient,
  ({ ChallengeName, ChallengeResponses, Session, ClientMetadata }, { world, pool, client }) =>
    respond(
      {
        world,
        pool,
        client,
        family: 'admin',
        operation: 'AdminRespondToAuthChallenge',
        clientMetadata: ClientMetadata,
      },
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
