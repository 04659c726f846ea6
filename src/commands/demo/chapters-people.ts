/** The chapters about people: signing up, signing in, leaving. Spoken with the user pool. */
import { signInBySrp } from './sdk.ts'
import { type Chapter, known, type Stage } from './story.ts'
import { shorten, showClaims } from './tokens.ts'

const mismatch = { code: 'CodeMismatchException', status: 400 } as const
const notAuthorized = { code: 'NotAuthorizedException', status: 400 } as const

/** The newest code for the person, from the development mailbox. */
async function readCode({ target, email }: Stage): Promise<string> {
  const answer = await fetch(`${target.mailbox}/messages?to=${encodeURIComponent(email)}`)
  const [newest] = (await answer.json()) as { code?: string }[]
  if (!newest?.code) throw new Error(`There is no message to ${email} in the mailbox.`)
  return newest.code
}

const passwordSignIn = ({ as, sdk, target, email }: Stage, password: string) =>
  as().idp.send(
    new sdk.idp.InitiateAuthCommand({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: target.clientId,
      AuthParameters: { USERNAME: email, PASSWORD: password },
    }),
  )

const confirm = ({ as, sdk, target, email }: Stage, ConfirmationCode: string) =>
  as().idp.send(new sdk.idp.ConfirmSignUpCommand({ ClientId: target.clientId, Username: email, ConfirmationCode }))

export const signingUp: Chapter = {
  title: 'A person signs up',
  steps: [
    {
      title: 'Sign up with an e-mail address',
      wanted: 'allowed',
      why: 'Anybody may; the account is good for nothing until the address is confirmed.',
      async run({ as, sdk, target, email, password }) {
        const { CodeDeliveryDetails, UserSub } = await as().idp.send(
          new sdk.idp.SignUpCommand({
            ClientId: target.clientId,
            Username: email,
            Password: password,
            UserAttributes: [{ Name: 'email', Value: email }],
          }),
        )
        return [`user ${UserSub}`, `a code is on its way to ${CodeDeliveryDetails?.Destination}`]
      },
    },
    {
      title: 'Sign in before the address is confirmed',
      wanted: { code: 'UserNotConfirmedException', status: 400 },
      why: 'The password is right, but nobody has proved that the address is theirs.',
      async run(stage) {
        await passwordSignIn(stage, stage.password)
        return undefined
      },
    },
    {
      title: 'Confirm with a wrong code',
      wanted: mismatch,
      why: 'Six digits guessed; a few more wrong guesses and the code is dead.',
      async run(stage) {
        const right = await readCode(stage)
        await confirm(stage, right === '000000' ? '000001' : '000000')
        return undefined
      },
    },
    {
      title: 'Confirm with the code from the mailbox',
      wanted: 'allowed',
      why: 'Development keeps mail in a mailbox instead of sending it.',
      async run(stage) {
        const code = await readCode(stage)
        await confirm(stage, code)
        return [`code ${code}`]
      },
    },
  ],
}

export const signingIn: Chapter = {
  title: 'She signs in',
  steps: [
    {
      title: 'Sign in with a wrong password',
      wanted: notAuthorized,
      why: 'The same words as for an unknown person: nobody learns who has an account.',
      async run(stage) {
        await passwordSignIn(stage, `${stage.password}?`)
        return undefined
      },
    },
    {
      title: 'Sign in by SRP',
      wanted: 'allowed',
      why: 'Client and server prove to each other that they know the password; it is never sent.',
      async run(stage) {
        const tokens = await signInBySrp(stage.sdk, stage.target, stage)
        stage.learned.tokens = tokens
        return [
          `ID token       ${showClaims(tokens.idToken, ['token_use', 'email', 'email_verified'])}`,
          `               ${showClaims(tokens.idToken, ['iss'])}`,
          `access token   ${showClaims(tokens.accessToken, ['token_use', 'scope'])}`,
          `refresh token  ${shorten(tokens.refreshToken)} (opaque)`,
        ]
      },
    },
    {
      title: 'Ask who the access token belongs to',
      wanted: 'allowed',
      why: 'GetUser: what a person may know of her own account.',
      async run(stage) {
        const AccessToken = known(stage, 'tokens').accessToken
        const { UserAttributes = [] } = await stage.as().idp.send(new stage.sdk.idp.GetUserCommand({ AccessToken }))
        return [UserAttributes.map(({ Name, Value }) => `${Name}=${Value}`).join('  ')]
      },
    },
  ],
}

export const leaving: Chapter = {
  title: 'She signs out',
  steps: [
    {
      title: 'Sign out everywhere',
      wanted: 'allowed',
      why: 'GlobalSignOut revokes every token of every session.',
      async run(stage) {
        const AccessToken = known(stage, 'tokens').accessToken
        await stage.as().idp.send(new stage.sdk.idp.GlobalSignOutCommand({ AccessToken }))
        return undefined
      },
    },
    {
      title: 'Fetch new tokens with the old refresh token',
      wanted: notAuthorized,
      why: 'It was revoked, and the server remembers.',
      async run(stage) {
        await stage.as().idp.send(
          new stage.sdk.idp.InitiateAuthCommand({
            AuthFlow: 'REFRESH_TOKEN_AUTH',
            ClientId: stage.target.clientId,
            AuthParameters: { REFRESH_TOKEN: known(stage, 'tokens').refreshToken },
          }),
        )
        return undefined
      },
    },
    {
      title: 'Use the old access token',
      wanted: notAuthorized,
      why: 'Its signature is still good and its time is not over; its session is.',
      async run(stage) {
        const AccessToken = known(stage, 'tokens').accessToken
        await stage.as().idp.send(new stage.sdk.idp.GetUserCommand({ AccessToken }))
        return undefined
      },
    },
    {
      title: 'Exchange the old ID token for new credentials',
      wanted: notAuthorized,
      why: 'The identity pool asks the user pool whether she is still signed in (ServerSideTokenCheck).',
      async run(stage) {
        const { as, sdk, target } = stage
        await as().identity.send(
          new sdk.identity.GetCredentialsForIdentityCommand({
            IdentityId: known(stage, 'identityId'),
            Logins: {
              [`cognito-idp.${target.region}.amazonaws.com/${target.userPoolId}`]: known(stage, 'tokens').idToken,
            },
          }),
        )
        return undefined
      },
    },
    {
      title: 'Sign in once more and delete the account',
      wanted: 'allowed',
      why: 'So that the demo leaves nobody behind.',
      async run(stage) {
        const { accessToken: AccessToken } = await signInBySrp(stage.sdk, stage.target, stage)
        await stage.as().idp.send(new stage.sdk.idp.DeleteUserCommand({ AccessToken }))
        return undefined
      },
    },
    {
      title: 'Sign in to the deleted account',
      wanted: notAuthorized,
      why: 'Gone; and in the words of a wrong password again.',
      async run(stage) {
        await passwordSignIn(stage, stage.password)
        return undefined
      },
    },
  ],
}
