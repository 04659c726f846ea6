/** What went wrong, for people: Cognito's and S3's codes as sentences. */

const sentences: Readonly<Record<string, string>> = {
  UserNotFoundException: 'That e-mail address and password do not fit together.',
  UsernameExistsException: 'There is already an account with this address. Sign in, or reset its password.',
  CodeMismatchException: 'That is not the code. Look again, or ask for a new one.',
  ExpiredCodeException: 'That code is no longer good. Ask for a new one.',
  LimitExceededException: 'That was tried too often. Wait a little, then try again.',
  TooManyRequestsException: 'That was tried too often. Wait a little, then try again.',
  TooManyFailedAttemptsException: 'That was tried too often. Wait a little, then try again.',
  UserNotConfirmedException: 'This address is not confirmed yet.',
  NetworkError: 'The server does not answer. Is it running?',
  TypeError: 'The server does not answer. Is it running?',
}

/** By code and message, where the code alone says too little. */
const closer: readonly (readonly [code: string, message: RegExp, sentence: string])[] = [
  [
    'NotAuthorizedException',
    /incorrect username or password/i,
    'That e-mail address and password do not fit together.',
  ],
  ['NotAuthorizedException', /attempts exceeded/i, 'That was tried too often. Wait a little, then try again.'],
  ['InvalidParameterException', /already confirmed/i, 'This address is confirmed already. Sign in.'],
  ['InvalidParameterException', /email/i, 'That is not an e-mail address that can get mail.'],
]

export function sentenceOf(error: unknown): string {
  const { name, message } = error instanceof Error ? error : { name: '', message: String(error) }
  const [, , close] = closer.find(([code, pattern]) => code === name && pattern.test(message)) ?? []
  const text = close ?? sentences[name] ?? message.replace(/^Password did not conform with policy: /, '')
  return /[.!?]$/.test(text) ? text : `${text}.`
}

export type Refusal = {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly why?: string
}

type S3Error = Error & {
  $metadata?: { httpStatusCode?: number }
  $response?: { headers?: Record<string, string | undefined> }
}

/** What the storage said, when it refused. Poolhouse in development adds the reason; AWS leaves it at the message. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Error)) return { status: 0, code: 'Error', message: String(error) }
  const { name, message, $metadata, $response } = error as S3Error
  const why = $response?.headers?.['x-poolhouse-explain']
  return { status: $metadata?.httpStatusCode ?? 0, code: name, message, ...(why && { why }) }
}

const units = ['bytes', 'kB', 'MB', 'GB'] as const

/** `2.4 MB`. */
export function sizeOf(bytes: number): string {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1)
  const value = bytes / 1000 ** step
  return `${step > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[step]}`
}

export const timeOf = (date: Date): string => date.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' })

export const dateOf = (date: Date): string => date.toLocaleString([], { dateStyle: 'medium', timeStyle: 'short' })
