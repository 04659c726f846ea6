/** The world: everything outside the process, so that rules can be tested and nothing reaches out on its own. */
import type { Logger } from 'pino'
import type { Seal } from './protocols/seal.ts'
import type { Db } from './store/db.ts'

export type World = {
  readonly settings: Settings
  readonly db: Db
  /** Epoch milliseconds. */
  now(): number
  /** Cryptographically random bytes. */
  random(bytes: number): Buffer
  readonly log: Logger
  /** Hands a message to the mailbox or the provider; rejects if delivery failed. */
  send(message: Message): Promise<void>
  /** Encrypts and keyed-hashes under the master key, which lives outside the database. */
  readonly seal: Seal
  readonly slow: Slow
  /** The account's root access keys: id to secret. */
  readonly rootKeys: ReadonlyMap<string, string>
  /** Runs a customer's function and waits for its answer. Never rejects: what went wrong is the outcome. */
  invoke(functionArn: string, payload: string, call: InvokeCall): Promise<InvokeResult>
  /** Whether there is such a function, or an address that may have it. */
  hasFunction(functionArn: string): boolean
  /** The only way out to addresses that somebody configured. Rejects with a FetchError. */
  readonly fetch: Fetch
  /** Where an address is; undefined where nobody knows. */
  locate(address: string): Location | undefined
  /** Hands log records, each a JSON text, to the destination of that ARN; rejects if it does not take them all. */
  deliverLogs(arn: string, records: readonly string[]): Promise<void>
  /** The topic of that ARN at a server behind the gateway; undefined where none has it. */
  topicAt(arn: string): Topic | undefined
  /** Resolves when the database answers. */
  ready(): Promise<void>
}

export type Topic = {
  /** Rejects where the server does not take it. */
  publish(message: string): Promise<void>
}

export type Settings = {
  /** Twelve digits. */
  readonly account: string
  /** Where unsigned and region-less requests go. */
  readonly region: string
  /** Base of links and hosted domains, without a trailing slash. */
  readonly publicUrl: string
  /** Base of the `iss` claim without a trailing slash, or `aws` for AWS's own form. */
  readonly issuer: string
  readonly dev: boolean
  /** Development only: every code sent is this one. */
  readonly devCode: string | undefined
  readonly dataFolder: string
  /** How long a trigger may take, and how often it is tried when it did not answer in time or was throttled. */
  readonly triggers: { readonly timeoutMs: number; readonly attempts: number }
  /** Address ranges of proxies whose X-Forwarded-* headers are believed. */
  readonly trustedProxies: readonly string[]
  /** How long the events of users are kept. */
  readonly authEventDays: number
  /** A service that knows breached passwords by the first five digits of their SHA-1. */
  readonly breachRangeUrl: string | undefined
  /** Where login providers are asked that are not where everybody knows them to be, by their names. */
  readonly loginProviders: LoginProviders
  /** Endpoints of social providers of user pools, by the provider's name, where they are not the usual ones. */
  readonly socialProviders: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Roles that another STS gives. */
  readonly outsideSts: readonly OutsideSts[]
  /** The policy templates of partners, whom access is delegated to for a while. */
  readonly delegationTemplates: readonly DelegationTemplate[]
  /** Where the streams and pushes of Cognito Sync go. */
  readonly sync: SyncSettings
  /** The servers behind the gateway, by service. */
  readonly upstreams: Upstreams
}

export type ResourceService = 's3' | 'dynamodb' | 'sqs' | 'sns' | 'lambda' | 'kinesis' | 'execute-api'

/** The first whose pattern fits a name serves it. */
export type Upstreams = { readonly [Service in ResourceService]?: readonly UpstreamServer[] }

export type UpstreamServer = {
  /** A bucket, table, queue, topic, function, stream or API; `*` at its end stands for any rest. */
  readonly match: string
  /** `http://host:port` with an optional path; `aws` is AWS itself. */
  readonly endpoint: string
  /** Requests are signed for it; that of the request if absent. */
  readonly region: string | undefined
  /** Whose the resources are there, where ARNs or queue URLs name it. */
  readonly account: string | undefined
  /** Without them requests go unsigned. */
  readonly keys:
    | { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string }
    | undefined
  /** Whether buckets stand in the path or before the host. */
  readonly style: 'path' | 'virtual'
  /** Whether chunked uploads with checksums at their end are understood there. */
  readonly trailers: boolean
  readonly connections: number
  readonly connectTimeoutMs: number
  /** Until the head of an answer. */
  readonly responseTimeoutMs: number
  /** Between two pieces of a body. */
  readonly idleTimeoutMs: number
}

export type LoginProviders = Readonly<
  Record<string, { readonly issuer?: string; readonly jwksUri?: string; readonly url?: string }>
>

export type OutsideSts = {
  /** What the ARNs of its roles begin with. */
  readonly roles: string
  readonly endpoint: string
  /** The session policy of guests, where AWS's own would not be understood. */
  readonly guestPolicy?: string
}

export type DelegationTemplate = {
  readonly arn: string
  /** The name of the partner, as approvers read it. */
  readonly requestor: string
  /** JSON, with parameters in it. */
  readonly policy: string
}

/** An endpoint that speaks AWS's own protocol: Kinesis for streams, SNS for pushes. `aws` is AWS itself. */
export type AwsDestination = {
  readonly kind: 'aws'
  readonly endpoint: string
  readonly region: string | undefined
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}
/** Posted as JSON, signed with the secret. */
export type HttpDestination = { readonly kind: 'http'; readonly url: string; readonly secret: string }
export type Destination = AwsDestination | HttpDestination

export type SyncSettings = {
  readonly streams: ReadonlyMap<string, Destination>
  readonly push: Destination | undefined
}

/** In degrees. */
export type Location = {
  readonly latitude: number
  readonly longitude: number
  readonly city: string
  readonly country: string
}

export type InvokeCall = {
  readonly timeoutMs: number
  readonly requestId: string
  /** What the function finds in its context: the caller's own data, and the identity that called. */
  readonly clientContext?: unknown
  readonly identity?: { readonly cognitoIdentityId: string; readonly cognitoIdentityPoolId: string } | undefined
}

/** The end of what the function printed so far. */
export type Printed = () => string

export type InvokeResult =
  /** The JSON text it answered; not read yet. */
  | { readonly outcome: 'answered'; readonly payload: string; readonly log?: Printed }
  /** It threw, exited or said too much: its own words. */
  | { readonly outcome: 'failed'; readonly message: string; readonly log?: Printed }
  | { readonly outcome: 'timed-out' }
  | { readonly outcome: 'throttled' }
  /** It could not be asked: the name of Lambda's refusal, and for the log why. */
  | { readonly outcome: 'unavailable'; readonly reason: string; readonly detail: string }

export type FetchRequest = {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  /** For everything together; 10 seconds. */
  readonly timeoutMs?: number
  /** Of the answer's body; one megabyte. */
  readonly mostBytes?: number
}

export type Fetched = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

export type Fetch = (url: string, request?: FetchRequest) => Promise<Fetched>

/** Expensive arithmetic, done off the event loop in bounded queues. */
export type Slow = {
  /** Argon2id in PHC form. */
  hashPassword(password: string): Promise<string>
  /** Whether the password fits the hash: our own, or one that was imported, in its text form. */
  verifyPassword(hash: string, password: string): Promise<boolean>
  /** base ^ exponent mod N of the SRP group; big-endian bytes in and out. */
  modPow(base: Uint8Array, exponent: Uint8Array): Promise<Buffer>
  /** RSASSA-PKCS1-v1_5 signature over data. `hash` is `sha256` or `sha512`. */
  signRsa(hash: 'sha256' | 'sha512', privateKeyPem: string, data: string): Promise<Buffer>
}

export type Message = {
  readonly channel: 'email' | 'sms'
  readonly to: string
  /** E-mail only. */
  readonly subject: string
  /** E-mail: HTML allowed. SMS: text. */
  readonly body: string
  /** The code or temporary password inside, for the mailbox's machine-readable list. */
  readonly code: string
  readonly sentAt: number
}
