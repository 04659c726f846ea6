/**
 * Whether principals of this account may be vouched for to services outside. Owns the table outbound_issuers. Never issues a
 * token: that is STS's GetWebIdentityToken. AWS: API Reference, EnableOutboundWebIdentityFederation and its neighbours.
 */
import { fail } from '../../wire/errors.ts'
import { type Operation, operationsOf } from '../../wire/operation.ts'
import { account } from '../doors.ts'
import { disableOutbound, enableOutbound, findOutboundIssuer } from './issuer.ts'

const operation = operationsOf<typeof import('@aws-sdk/client-iam')>()

// unproved: the two sentences.
const refuseEnabled = () =>
  fail('FeatureEnabledException', 'Outbound web identity federation is already enabled for this account.')
const refuseDisabled = () =>
  fail('FeatureDisabledException', 'Outbound web identity federation is not enabled for this account.')

export const EnableOutboundWebIdentityFederation = operation(
  'EnableOutboundWebIdentityFederation',
  account,
  async (_, { world }) => ({ IssuerIdentifier: ((await enableOutbound(world)) ?? refuseEnabled()).url }),
)

export const DisableOutboundWebIdentityFederation = operation(
  'DisableOutboundWebIdentityFederation',
  account,
  async (_, { world }) => {
    if (!(await disableOutbound(world))) refuseDisabled()
    return undefined
  },
)

export const GetOutboundWebIdentityFederationInfo = operation(
  'GetOutboundWebIdentityFederationInfo',
  account,
  async (_, { world }) => {
    const issuer = await findOutboundIssuer(world)
    return issuer?.enabled ? { IssuerIdentifier: issuer.url, JwtVendingEnabled: true } : refuseDisabled()
  },
)

export const operations: readonly Operation[] = [
  EnableOutboundWebIdentityFederation,
  DisableOutboundWebIdentityFederation,
  GetOutboundWebIdentityFederationInfo,
]
