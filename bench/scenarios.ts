/** The scenarios: what is asked, over and over, and which ceiling and floor it is held against. */
import { sha256 } from '../src/wire/sigv4-key.ts'
import { type Ceilings, madeOf } from './ceilings.ts'
import { nameOf } from './crowd.ts'
import { drive, good, json, type Load, openLane, quantiles } from './load.ts'
import { oauthScenarios } from './oauth.ts'
import { s3Scenarios } from './s3.ts'
import type { Bench, Scenario } from './scenario.ts'
import { type Signed, signed } from './sign.ts'
import { signInWays } from './sign-in-ways.ts'
import { A, type Challenge, srpClient } from './srp-client.ts'
import { type PoolIds, password, root } from './workspace.ts'

const idp = 'AWSCognitoIdentityProviderService'
const identity = 'AWSCognitoIdentityService'
const lanes = 16

const adminCall = (operation: string, input: object) => {
  const call: Signed = {
    method: 'POST',
    path: '/',
    service: 'cognito-idp',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${idp}.${operation}` },
    body: JSON.stringify(input),
  }
  return signed(root, call)
}

type SignedIn = { AuthenticationResult?: { RefreshToken?: string } }

const passwordSignIn = ({ clientId }: PoolIds, USERNAME: string) =>
  json(`${idp}.InitiateAuth`, {
    AuthFlow: 'USER_PASSWORD_AUTH',
    ClientId: clientId,
    AuthParameters: { USERNAME, PASSWORD: password },
  })

const oneHashTwoSignatures = {
  name: '1 hash + 2 signatures',
  of: (ceilings: Ceilings) => madeOf(ceilings, { hashes: 1, signatures: 2 }),
}
const plainHttp = { name: 'node:http JSON answer', of: (ceilings: Ceilings) => ceilings.answers.perCpuSecond }

/** Each lane has a user of its own, and no user two lanes. */
const nameFor = (names: readonly string[], lane: number, turn: number) =>
  names[(lane + lanes * (turn % Math.floor(names.length / lanes))) % names.length] ?? ''

export const scenarios: readonly Scenario[] = [
  {
    name: 'password sign-in (user flow)',
    floor: 60,
    ceiling: oneHashTwoSignatures,
    run: ({ port, seconds, workspace: { people }, timed }) =>
      timed(() =>
        drive(port, { lanes, seconds }, async (ask, lane, turn) => {
          good<SignedIn>(await ask(passwordSignIn(people, nameFor(people.names, lane, turn))))
        }),
      ),
  },
  {
    name: 'password sign-in (admin flow, signed)',
    floor: 60,
    ceiling: oneHashTwoSignatures,
    run: ({ port, seconds, workspace: { people }, timed }) =>
      timed(() =>
        drive(port, { lanes, seconds }, async (ask, lane, turn) => {
          const AuthParameters = { USERNAME: nameFor(people.names, lane, turn), PASSWORD: password }
          good(
            await ask(
              adminCall('AdminInitiateAuth', {
                UserPoolId: people.poolId,
                ClientId: people.clientId,
                AuthFlow: 'ADMIN_USER_PASSWORD_AUTH',
                AuthParameters,
              }),
            ),
          )
        }),
      ),
  },
  {
    name: 'SRP sign-in, both steps',
    floor: 250,
    ceiling: {
      name: '3 exponentiations + 2 signatures',
      of: (ceilings) => madeOf(ceilings, { exponentiations: 3, signatures: 2 }),
    },
    run: srpSignIns,
  },
  {
    name: 'refresh with rotation',
    floor: 500,
    ceiling: { name: '2 signatures', of: (ceilings) => madeOf(ceilings, { signatures: 2 }) },
    run: refreshes,
  },
  {
    name: 'GetUser',
    floor: 3_000,
    aim: 8_000,
    ceiling: plainHttp,
    run: ({ port, seconds, workspace: { signedIn }, timed }) => {
      const requests = signedIn.map(({ accessToken }) => json(`${idp}.GetUser`, { AccessToken: accessToken }))
      return timed(() =>
        drive(port, { lanes, seconds }, async (ask, _, turn) => {
          good(await ask(requests[turn % requests.length]!))
        }),
      )
    },
  },
  {
    name: 'GetId + GetCredentialsForIdentity',
    floor: 500,
    aim: 1_500,
    ceiling: {
      name: '2 node:http JSON answers',
      of: (ceilings) => madeOf(ceilings, { answers: 2 }),
    },
    run: ({ port, seconds, workspace: { signedIn, provider, identityPoolId }, timed }) => {
      const logins = signedIn.map(({ idToken }) => ({ [provider]: idToken }))
      return timed(() =>
        drive(port, { lanes, seconds }, async (ask, _, turn) => {
          const Logins = logins[turn % logins.length]
          const { IdentityId } = good<{ IdentityId: string }>(
            await ask(json(`${identity}.GetId`, { IdentityPoolId: identityPoolId, Logins })),
          )
          good(await ask(json(`${identity}.GetCredentialsForIdentity`, { IdentityId, Logins })))
        }),
      )
    },
  },
  {
    name: 'AssumeRole, signed',
    floor: 500,
    aim: 1_500,
    ceiling: plainHttp,
    run: ({ port, seconds, workspace: { roleArn }, timed }) => {
      const form = { Action: 'AssumeRole', Version: '2011-06-15', RoleArn: roleArn, RoleSessionName: 'bench' }
      const body = new URLSearchParams(form).toString()
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      return timed(() =>
        drive(port, { lanes, seconds }, async (ask) => {
          const { status } = await ask(signed(root, { method: 'POST', path: '/', service: 'sts', headers, body }))
          if (status !== 200) throw new Error(`AssumeRole answered ${status}`)
        }),
      )
    },
  },
  {
    name: 'S3 put of 4 KB, signed and by policy',
    floor: 1_000,
    aim: 3_000,
    ceiling: {
      name: 'node:http answer + committed insert',
      of: (ceilings) => madeOf(ceilings, { answers: 1, commits: 1 }),
    },
    run: ({ port, seconds, workspace: { keys, bucket, folder }, timed }) => {
      const body = 'x'.repeat(4_096)
      const put = { method: 'PUT', service: 's3', body, bodyHash: sha256(Buffer.from(body)) }
      const path = `/${bucket}/${folder.replace(':', '%3A')}`
      return timed(() =>
        drive(port, { lanes, seconds }, async (ask, _, turn) => {
          good(await ask(signed(keys, { ...put, path: `${path}/${turn}.txt` })))
        }),
      )
    },
  },
  ...signInWays,
  ...s3Scenarios,
  ...oauthScenarios,
]

/** By size of the pool, the smallest first: sign-ins must not notice it, and a page of users must not either. */
export const crowdScenarios = (users: number): readonly Scenario[] => [
  {
    name: `password sign-in, ${users.toLocaleString('en')} users in the pool`,
    floor: 60,
    ceiling: oneHashTwoSignatures,
    run: ({ port, seconds, crowds, timed }) => {
      const crowd = crowds.find((one) => one.users === users)!
      return timed(() =>
        drive(port, { lanes, seconds }, async (ask, _, turn) => {
          // A stride prime to the number of users: far apart, and nobody twice.
          good(await ask(passwordSignIn(crowd, nameOf((turn * 7_919) % users))))
        }),
      )
    },
  },
  {
    name: `ListUsers, 60 by e-mail prefix, ${users.toLocaleString('en')} users`,
    floorMs: 5,
    aimMs: 1,
    ceiling: plainHttp,
    run: ({ port, seconds, crowds, timed }) => {
      const crowd = crowds.find((one) => one.users === users)!
      return timed(() =>
        drive(port, { lanes: 1, seconds: Math.min(seconds, 2) }, async (ask, _, turn) => {
          const prefix = nameOf((turn * 7_919) % users).slice(0, -2)
          const request = { UserPoolId: crowd.poolId, Filter: `email ^= "${prefix}"`, Limit: 60 }
          const { Users } = good<{ Users: object[] }>(await ask(adminCall('ListUsers', request)))
          if (Users.length !== 60) throw new Error(`A page of ${Users.length}`)
        }),
      )
    },
  },
]

/** Rounds of: challenges on the clock, the client's arithmetic off it, answers on it. */
async function srpSignIns({ port, seconds, cpus, workspace: { people }, timed }: Bench): Promise<Load> {
  const client = srpClient(people.poolId, password, cpus)
  const round = 256
  const spans: number[] = []
  let clock = 0
  try {
    for (const until = performance.now() + seconds * 2_000; performance.now() < until; ) {
      const begun: { challenge: Challenge; Session: string | undefined; took: number }[] = []
      const first = await timed(() =>
        drive(port, { lanes, seconds: 60, most: round }, async (ask, lane, turn) => {
          const at = performance.now()
          const USERNAME = nameFor(people.names, lane, turn)
          const answer = good<{ ChallengeParameters: Challenge; Session?: string }>(
            await ask(
              json(`${idp}.InitiateAuth`, {
                AuthFlow: 'USER_SRP_AUTH',
                ClientId: people.clientId,
                AuthParameters: { USERNAME, SRP_A: A },
              }),
            ),
          )
          begun.push({
            challenge: answer.ChallengeParameters,
            Session: answer.Session,
            took: performance.now() - at,
          })
        }),
      )
      const answers = await Promise.all(
        begun.map(async ({ challenge, Session }) =>
          json(`${idp}.RespondToAuthChallenge`, {
            ChallengeName: 'PASSWORD_VERIFIER',
            ClientId: people.clientId,
            Session,
            ChallengeResponses: await client.respond(challenge),
          }),
        ),
      )
      const second = await timed(() =>
        drive(port, { lanes, seconds: 60, most: answers.length }, async (ask, _, turn) => {
          const at = performance.now()
          good<SignedIn>(await ask(answers[turn]!))
          spans.push(begun[turn]!.took + performance.now() - at)
        }),
      )
      clock += first.seconds + second.seconds
    }
  } finally {
    await client.close()
  }
  return { turns: spans.length, seconds: clock, ...quantiles(spans) }
}

/** Each lane rotates a chain of its own: every refresh uses the token of the one before. */
async function refreshes({ port, seconds, workspace: { people }, timed }: Bench): Promise<Load> {
  const setUp = await openLane(port)
  const tokens: string[] = []
  for (const name of people.names.slice(0, lanes)) {
    const { AuthenticationResult } = good<SignedIn>(await setUp.ask(passwordSignIn(people, name)))
    tokens.push(AuthenticationResult?.RefreshToken ?? '')
  }
  setUp.close()
  return timed(() =>
    drive(port, { lanes, seconds }, async (ask, lane) => {
      const request = { ClientId: people.clientId, RefreshToken: tokens[lane] }
      const { AuthenticationResult } = good<SignedIn>(await ask(json(`${idp}.GetTokensFromRefreshToken`, request)))
      tokens[lane] = AuthenticationResult?.RefreshToken ?? ''
    }),
  )
}
