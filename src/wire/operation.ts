/** An operation: its name as AWS spells it, the door that says who may call, and what happens. Types come from the AWS SDK. */

import type { World } from '../world.ts'
import type { Caller } from './caller.ts'
import type { Call } from './http.ts'

/** What every door and operation knows about the call it serves. */
export type Context = {
  readonly world: World
  readonly service: string
  readonly operation: string
  /** The region in the credential scope, or the server's own. */
  readonly region: string
  readonly requestId: string
  /** Who signed; anonymous for unsigned operations. */
  readonly caller: Caller
  readonly address: string
  readonly userAgent: string
  readonly secure: boolean
  /** The request as it came, for a door that checks a signature of its own. */
  readonly sent?: { readonly call: Call; readonly body: Uint8Array }
}

/** Turns a checked request into what was learned (pool, client, user), or refuses. */
export type Door<Request, Learned> = {
  /** Whether the wire demands a valid signature before it even checks the input. */
  readonly signed: boolean
  admit(request: Request, context: Context): Promise<Learned> | Learned
}

export type Operation = {
  readonly name: string
  readonly signed: boolean
  answer(input: unknown, context: Context): Promise<unknown>
}

/** The optional members of AWS's types stay optional; the required ones lose their `undefined`. */
export type Given<T> = T extends Date | Uint8Array | string | number | boolean | bigint
  ? T
  : T extends (infer Item)[]
    ? Given<Item>[]
    : T extends object
      ? {
          [K in keyof T]: undefined extends T[K]
            ? object extends Pick<T, K>
              ? Given<T[K]>
              : Given<Exclude<T[K], undefined>>
            : Given<T[K]>
        }
      : T

type CommandOf<Client, Name extends string> = Client extends Record<`${Name}Command`, infer Command> ? Command : never
// A command whose input has no required member may be made without one: its parameters are `[] | [input]`.
type Input<Command> = Command extends new (
  ...parameters: infer P
) => unknown
  ? Exclude<P, []> extends readonly [(infer I)?]
    ? Exclude<I, undefined>
    : never
  : never
type Output<Command> = Command extends new (
  input: never,
) => {
  resolveMiddleware(...args: never): (args: never) => Promise<{ output: infer O }>
}
  ? Omit<O, '$metadata'>
  : never

export type OperationName<Client> =
  Extract<keyof Client, `${string}Command`> extends `${infer Name}Command` ? Exclude<Name, '$' | ''> : never
export type InputOf<Client, Name extends string> = Given<Input<CommandOf<Client, Name>>>
export type OutputOf<Client, Name extends string> = Output<CommandOf<Client, Name>>

/**
 * The maker of one service's operations. The compiler refuses a name AWS does not know, an answer of the wrong shape,
 * and a door that asks for something the request does not carry.
 */
export const operationsOf =
  <Client>() =>
  <Name extends OperationName<Client>, Learned>(
    name: Name,
    door: Door<InputOf<Client, Name>, Learned>,
    run: (
      input: InputOf<Client, Name>,
      context: Context & Learned,
    ) => Promise<OutputOf<Client, Name> | undefined | undefined> | OutputOf<Client, Name> | undefined | undefined,
  ): Operation => ({
    name,
    signed: door.signed,
    async answer(given, context) {
      const input = given as InputOf<Client, Name>
      const learned = await door.admit(input, context)
      return run(input, { ...context, ...learned })
    },
  })
