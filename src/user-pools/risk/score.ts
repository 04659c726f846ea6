/**
 * How risky a sign-in is: a pure judgement of what is known about the user and the caller. Points are added up, each with
 * its reason; the level follows from the sum. AWS does not tell its own method. Times in epoch milliseconds.
 */

export type Level = 'Low' | 'Medium' | 'High'

/** Where an address is, if anybody knows. Degrees. */
export type Place = { readonly latitude: number; readonly longitude: number }

/** Who asks. */
export type Caller = {
  readonly at: number
  /** The address, or the /64 of an IPv6 address. */
  readonly network: string | undefined
  readonly device: string
  readonly place: Place | undefined
}

/** One earlier sign-in of the same user. */
export type Past = Caller & {
  readonly passed: boolean
  readonly feedback: 'Valid' | 'Invalid' | undefined
}

export type Known = {
  /** Newest first. */
  readonly history: readonly Past[]
  /** Failures in the last hour from the caller's network, whoever they were for. */
  readonly failuresOfNetwork: number
  /** Different users that the caller's network tried in the last hour. */
  readonly usersOfNetwork: number
}

export type Reason =
  | 'new-device'
  | 'new-network'
  | 'unknown-address'
  | 'device-was-reported'
  | 'network-was-reported'
  | 'failures-of-user'
  | 'many-failures-of-user'
  | 'failures-of-network'
  | 'many-users-of-network'
  | 'many-sign-ins'
  | 'impossible-distance'

export type Judgement = {
  readonly level: Level | undefined
  readonly points: number
  readonly reasons: readonly Reason[]
}

const minute = 60_000
const hour = 60 * minute

/** Faster than an airliner between two places that are far apart. */
const fastest = 1_000
const farApart = 300
/** A name shared by a network, such as an office behind one address, is no attack. */
const spray = { failures: 20, users: 15 }

/** A sign-in that went well, or that the user said was theirs, and never one that they said was not. */
const isTrusted = ({ passed, feedback }: Past) => feedback === 'Valid' || (passed && feedback === undefined)

type Rule = {
  readonly reason: Reason
  readonly points: number
  holds(caller: Caller, known: Known): boolean
}

const failuresSince = (history: readonly Past[], since: number) =>
  history.filter(({ passed, at }) => !passed && at > since).length

/** Two rules about the same thing count once: the first that holds, within a group. */
const groups: readonly (readonly Rule[])[] = [
  [
    {
      reason: 'device-was-reported',
      points: 70,
      holds: ({ device }, { history }) => history.some((past) => past.feedback === 'Invalid' && past.device === device),
    },
    {
      reason: 'new-device',
      points: 25,
      holds: ({ device }, { history }) =>
        hasTrusted(history) && !history.some((past) => isTrusted(past) && past.device === device),
    },
  ],
  [
    {
      reason: 'network-was-reported',
      points: 50,
      holds: ({ network }, { history }) =>
        network !== undefined && history.some((past) => past.feedback === 'Invalid' && past.network === network),
    },
    { reason: 'unknown-address', points: 10, holds: ({ network }) => network === undefined },
    {
      reason: 'new-network',
      points: 20,
      holds: ({ network }, { history }) =>
        hasTrusted(history) && !history.some((past) => isTrusted(past) && past.network === network),
    },
  ],
  [
    {
      reason: 'many-failures-of-user',
      points: 40,
      holds: ({ at }, { history }) => failuresSince(history, at - hour) >= 10,
    },
    { reason: 'failures-of-user', points: 20, holds: ({ at }, { history }) => failuresSince(history, at - hour) >= 4 },
  ],
  [
    {
      reason: 'many-users-of-network',
      points: 40,
      holds: (_, known) => known.usersOfNetwork >= spray.users && known.failuresOfNetwork >= spray.failures,
    },
    {
      reason: 'failures-of-network',
      points: 20,
      holds: (_, { failuresOfNetwork }) => failuresOfNetwork >= spray.failures,
    },
  ],
  [
    {
      reason: 'many-sign-ins',
      points: 20,
      holds: ({ at }, { history }) => history.filter((past) => past.passed && past.at > at - 10 * minute).length >= 20,
    },
  ],
  [{ reason: 'impossible-distance', points: 50, holds: isTooFast }],
]

/** The first sign-ins of a user cannot be unlike earlier ones. */
const hasTrusted = (history: readonly Past[]) => history.some(isTrusted)

/** From the place of the last trusted sign-in to here in the time between. */
function isTooFast({ at, place }: Caller, { history }: Known): boolean {
  const last = history.find((past) => isTrusted(past) && past.place !== undefined)
  if (!place || !last?.place) return false
  const apart = kilometres(last.place, place)
  return apart > farApart && apart > fastest * (Math.max(0, at - last.at) / hour)
}

/** The great circle, by the haversine formula. */
export function kilometres(a: Place, b: Place): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180
  const [dLat, dLon] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)]
  const h =
    Math.sin(dLat / 2) ** 2 + Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(dLon / 2) ** 2
  return 2 * 6_371 * Math.asin(Math.min(1, Math.sqrt(h)))
}

const levels: readonly (readonly [number, Level])[] = [
  [70, 'High'],
  [40, 'Medium'],
  [20, 'Low'],
]

/** Level undefined: nothing speaks against it. */
export function judge(caller: Caller, known: Known): Judgement {
  const broken = groups.flatMap((rules) => rules.find((rule) => rule.holds(caller, known)) ?? [])
  const points = broken.reduce((sum, rule) => sum + rule.points, 0)
  const level = levels.find(([least]) => points >= least)?.[1]
  return { level, points, reasons: broken.map(({ reason }) => reason) }
}
