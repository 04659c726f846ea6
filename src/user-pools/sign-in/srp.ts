/** Sign-in by SRP: the challenge PASSWORD_VERIFIER and its answer. An unknown user costs the same and sees the same. */
import { readElement, sameProof, secretBytes, serverProof, serverPublic } from '../../protocols/srp.ts'
import { fail } from '../../wire/errors.ts'
import { simulatedSrp, simulatedSub, srpIdentity, srpRecord } from '../passwords/srp.ts'
import type { Step } from '../triggers/table.ts'
import { findUser } from '../users/find.ts'
import type { User } from '../users/user.ts'
import { canonicalName } from '../users/username.ts'
import { provePassword, refuseEarly, refuseSignIn } from './admission.ts'
import { judgePassword } from './custom.ts'
import { refuseUnknownDevice, withDevice } from './device.ts'
import { askBeforeSignIn } from './functions.ts'
import type { Given } from './progress.ts'
import { openBlock, type SecretBlock, sealBlock, sessionOf } from './secret-block.ts'
import { burn, refuseForeign } from './session.ts'
import { withAim } from './step-up.ts'
import { isTimely } from './timestamp.ts'
import { patienceOf, readName, type Turn, type Verdict } from './turn.ts'

/** AWS: DeviceKeyType. */
const longestDeviceKey = 55

/** Costs one exponentiation, and the same two reads whether there is such a user or not. */
export async function startSrp(turn: Turn, given: Given, custom?: readonly Step[]): Promise<Verdict> {
  const { world, pool, client, family } = turn
  const name = readName(turn, given)
  // RFC 5054 2.5.4. unproved: AWS's refusal of such an A is not recorded.
  if (readElement(given['SRP_A'] ?? '') === undefined) fail('InvalidParameterException', 'Invalid SRP_A')
  const user = await findUser(world, pool, name)
  refuseEarly(turn, user)
  await askBeforeSignIn(turn, name, user)
  const sub = user?.sub ?? simulatedSub(world, pool, name)
  const record = await srpRecord(world, pool, { sub })
  const simulated = simulatedSrp(world, pool, name)
  const userId = user?.username ?? simulated.userId
  const b = world.random(secretBytes)
  const B = await serverPublic(record?.verifierHex ?? nobody(turn), b, world.slow.modPow)
  const block: SecretBlock = {
    ...{ id: world.random(16).toString('base64url'), clientId: client.id, family, name, sub, userId },
    ...{ b: b.toString('hex'), A: given['SRP_A'] ?? '', B },
    expiresAt: world.now() + patienceOf(client),
    deviceKey: given['DEVICE_KEY']?.slice(0, longestDeviceKey),
    custom,
    aim: turn.aim,
  }
  return {
    ask: {
      challenge: 'PASSWORD_VERIFIER',
      parameters: {
        SALT: record?.saltHex ?? simulated.saltHex,
        SECRET_BLOCK: sealBlock(turn, block),
        SRP_B: B,
        USERNAME: userId,
        USER_ID_FOR_SRP: userId,
      },
      sub,
      progress: { clean: false },
      session: sessionOf(turn, block),
    },
  }
}

/** The verifier of no password: any element of the group's size. */
const nobody = ({ world }: Turn): string => world.random(383).toString('hex')

/**
 * Costs two exponentiations. The block is used up before they begin, so that it serves one guess. It may be answered
 * under the name it was asked with or under USER_ID_FOR_SRP, by nobody else.
 */
export async function answerSrp(turn: Turn, given: Given, session: string | undefined): Promise<Verdict> {
  const { world, pool } = turn
  const name = readName(turn, given)
  const block = openBlock(turn, given['PASSWORD_CLAIM_SECRET_BLOCK'] ?? '') ?? refuseSignIn('no block of ours')
  if (session !== undefined && session !== sessionOf(turn, block)) refuseForeign()
  const user = await findUser(world, pool, name)
  if (!isMeant(turn, block, name, user)) refuseSignIn('the block is another user’s')
  const timestamp = given['TIMESTAMP'] ?? ''
  if (!isTimely(world, timestamp)) refuseSignIn('the timestamp is off')
  await refuseUnknownDevice(turn, block.sub, given['DEVICE_KEY'])
  await burn(turn, block.id, block.sub, 'PASSWORD_VERIFIER', block.expiresAt)
  const check = async () => {
    const record = await srpRecord(world, pool, { sub: block.sub })
    const expected = await serverProof(
      {
        ...srpIdentity(pool, block.userId),
        ...{ A: block.A, B: block.B, b: Buffer.from(block.b, 'hex'), timestamp },
        verifierHex: record?.verifierHex ?? nobody(turn),
        secretBlock: Buffer.from(given['PASSWORD_CLAIM_SECRET_BLOCK'] ?? '', 'base64'),
      },
      world.slow.modPow,
    )
    const right = expected !== undefined && sameProof(given['PASSWORD_CLAIM_SIGNATURE'] ?? '', expected)
    return right && record !== undefined
  }
  const prove = () => provePassword(turn, block.name, user, check)
  const who = { name: block.name, sub: block.sub, user }
  const verdict = await (block.custom ? judgePassword(turn, who, block.custom, prove) : prove())
  return withDevice(turn, withAim(verdict, block.aim), given['DEVICE_KEY'] ?? block.deviceKey)
}

function isMeant({ pool }: Turn, block: SecretBlock, name: string, user: User | undefined): boolean {
  if (user) return user.sub === block.sub
  const canonical = canonicalName(pool, name)
  return [block.name, block.userId].some((known) => canonicalName(pool, known) === canonical)
}
