/** "Send a new code": the button below a code that was sent, and the pause between two presses of it, whoever presses. */
import type { Purpose } from '../user-pools/codes/code.ts'
import { mayAskAgain } from '../user-pools/codes/limits.ts'
import { simulatedSub } from '../user-pools/passwords/srp.ts'
import { findUser } from '../user-pools/users/find.ts'
import { type Html, html } from './html.ts'
import { linkTo, type Visit } from './page.ts'
import type { Form } from './questions.ts'

/** A form of its own: nobody needs the old code to ask for a new one. */
export const resendForm = (visit: Visit, path: string, hidden: Html, label = visit.text.confirm.resend): Html =>
  html`<form method="post" action="${linkTo(visit, path)}">${hidden}
<button class="plain" name="resend" value="yes">${label}</button></form>`

export const asksAgain = (form: Form): boolean => form.get('resend') !== undefined

/** The same for names that nobody has. The API's hourly limits hold besides. */
export async function maySendAgain({ site: { world, pool } }: Visit, name: string, purpose: Purpose): Promise<boolean> {
  const subject = (await findUser(world, pool, name)) ?? { sub: simulatedSub(world, pool, name) }
  return mayAskAgain(world, pool, subject, purpose)
}
