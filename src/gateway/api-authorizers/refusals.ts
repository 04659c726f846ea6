/** How API Gateway refuses: REST APIs by gateway responses, HTTP APIs by their own. AWS: "Gateway response types", "Troubleshooting HTTP API JWT authorizers". */
import { hash } from 'node:crypto'
import type { Answer, Call } from '../../wire/http.ts'

/** Base64 of eleven bytes with an equals sign at its end is what both kinds of API use as an id of their own. */
const gatewayId = (id: string) => `${hash('sha256', id, 'base64').replace(/[+/]/g, 'A').slice(0, 15)}=`

/** A gateway response of a REST API: the default template. */
export const restRefusal = (
  { id }: Pick<Call, 'id'>,
  status: number,
  message: string | null,
  errorType: string,
): Answer => ({
  status,
  headers: {
    'content-type': 'application/json',
    'x-amzn-requestid': id,
    'x-amz-apigw-id': gatewayId(id),
    'x-amzn-errortype': errorType,
  },
  body: JSON.stringify({ message }),
})

/** An HTTP API's own answer. */
export const httpRefusal = (
  { id }: Pick<Call, 'id'>,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): Answer => ({
  status,
  headers: { 'content-type': 'application/json', 'apigw-requestid': gatewayId(id), ...headers },
  body: JSON.stringify({ message }),
})

/** The ids that an API puts on the answers of its integrations. */
export const idHeaders = ({ id }: Pick<Call, 'id'>, payload: '1.0' | '2.0'): Record<string, string> =>
  payload === '2.0' ? { 'apigw-requestid': gatewayId(id) } : { 'x-amzn-requestid': id, 'x-amz-apigw-id': gatewayId(id) }

export const unauthorized = (call: Call) => restRefusal(call, 401, 'Unauthorized', 'UnauthorizedException')
