/** Logs what is wrong with a policy that was just written, though it is valid: nobody need wait for a denial to hear of it. */
import type { World } from '../world.ts'
import { compiled } from './policy/compiled.ts'
import { hintsFor, type Whose } from './policy/hints.ts'
import type { PolicyKind } from './policy/statement.ts'

/** `of` names the policy in the log. */
export function logHints(
  { log }: Pick<World, 'log'>,
  document: string,
  kind: PolicyKind,
  of: Readonly<Record<string, string>>,
  whose?: Whose,
): void {
  for (const { rule, sentence, statement } of hintsFor(compiled(document, kind), whose)) {
    log.warn({ ...of, rule, statement: statement + 1, hint: sentence }, 'policy hint')
  }
}
