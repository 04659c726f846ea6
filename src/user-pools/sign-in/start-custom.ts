/** How CUSTOM_AUTH begins: with the password by SRP, if the function wants it so, or with the function's first challenge. */
import { refuseEarly } from './admission.ts'
import { define, proceed, refuseChallenge, step } from './custom.ts'
import { askBeforeSignIn } from './functions.ts'
import type { Given } from './progress.ts'
import { startSrp } from './srp.ts'
import { checkNeeds, readName, type Turn, type Verdict } from './turn.ts'
import { whoIs } from './who.ts'

/** Without SRP the function is asked first; with it, it must want the password next. */
export async function startCustom(turn: Turn, given: Given): Promise<Verdict> {
  const name = readName(turn, given)
  if (given['CHALLENGE_NAME'] === 'SRP_A') {
    checkNeeds(given, ['SRP_A'])
    const results = [step('SRP_A', true)]
    const who = await whoIs(turn, name)
    const { challengeName } = await define({ turn, who }, results)
    return challengeName === 'PASSWORD_VERIFIER' ? startSrp(turn, given, results) : refuseChallenge(challengeName)
  }
  const who = await whoIs(turn, name)
  refuseEarly(turn, who.user)
  await askBeforeSignIn(turn, name, who.user)
  return proceed({ turn, who }, { clean: false, custom: { results: [] } })
}
