/** What an authorizer of an API learns of a caller, and the shape all three kinds share. */
import type { Caller } from '../../wire/caller.ts'
import type { Answer, Call } from '../../wire/http.ts'

/** The API that a route belongs to, as API Gateway would name it. */
export type Api = {
  readonly id: string
  readonly stage: string
}

/** The route that was found for a call. */
export type ApiRoute = {
  readonly api: Api
  /** The pattern as configured: `/items/{id}`. */
  readonly path: string
  /** What was matched: the call's path with needless escapes undone. */
  readonly matched: string
  /** Values of its braces, still percent-encoded. */
  readonly parameters: Readonly<Record<string, string>>
  /** Whether the route names methods; one that takes every method is keyed `ANY`. */
  readonly anyMethod: boolean
}

export type Authorized =
  /** REST API, COGNITO_USER_POOLS: every value a string. */
  | { readonly kind: 'user-pools'; readonly claims: Readonly<Record<string, string>> }
  /** HTTP API, JWT: `scopes` is null where the route asks for none. */
  | {
      readonly kind: 'jwt'
      readonly claims: Readonly<Record<string, string>>
      readonly scopes: readonly string[] | null
    }
  /** A signature: its body had to be read for it. */
  | { readonly kind: 'iam'; readonly caller: Caller; readonly body: Buffer }

/** Lets a call through with what was learned, or answers it. */
export type Authorizer = (call: Call, route: ApiRoute) => Promise<Authorized | Answer>

export const isAnswer = (outcome: object): outcome is Answer => 'status' in outcome
