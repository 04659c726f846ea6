/** The answers to risk of a pool or a client, as they were set and are kept. AWS: API_SetRiskConfiguration. */
import type { SetRiskConfigurationRequest } from '@aws-sdk/client-cognito-identity-provider'
import type { Given } from '../../wire/operation.ts'

/** In AWS's spelling. */
export type RiskDocument = Omit<Given<SetRiskConfigurationRequest>, 'UserPoolId' | 'ClientId'>
