/** The chapter about tokens that become credentials. Spoken with identity pool and STS. */
import type { Keys } from './sdk.ts'
import { type Chapter, known, type Stage } from './story.ts'
import { withClaim } from './tokens.ts'

const notAuthorized = { code: 'NotAuthorizedException', status: 400 } as const

const loginsOf = ({ target: { region, userPoolId } }: Stage, idToken: string) => ({
  [`cognito-idp.${region}.amazonaws.com/${userPoolId}`]: idToken,
})

/** Temporary credentials, and a line that tells of them. */
export async function credentialsFor({ as, sdk }: Stage, IdentityId: string, Logins?: Record<string, string>) {
  const { Credentials = {} } = await as().identity.send(
    new sdk.identity.GetCredentialsForIdentityCommand({ IdentityId, ...(Logins && { Logins }) }),
  )
  const { AccessKeyId = '', SecretKey = '', SessionToken = '', Expiration } = Credentials
  const keys: Keys = { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken }
  const minutes = Math.round(((Expiration?.getTime() ?? 0) - Date.now()) / 60_000)
  return { keys, line: `access key ${AccessKeyId}, good for ${minutes} minutes` }
}

export const credentials: Chapter = {
  title: 'Her ID token becomes credentials',
  steps: [
    {
      title: 'Show the identity pool a forged ID token',
      wanted: notAuthorized,
      why: 'Another address was written into it, and the signature no longer fits.',
      async run(stage) {
        const { as, sdk, target } = stage
        const forged = withClaim(known(stage, 'tokens').idToken, 'email', 'root@example.com')
        await as().identity.send(
          new sdk.identity.GetIdCommand({ IdentityPoolId: target.identityPoolId, Logins: loginsOf(stage, forged) }),
        )
        return undefined
      },
    },
    {
      title: 'Show it the real one',
      wanted: 'allowed',
      why: 'The identity id is the same each time she signs in; it names her folder.',
      async run(stage) {
        const { as, sdk, target } = stage
        const { IdentityId = '' } = await as().identity.send(
          new sdk.identity.GetIdCommand({
            IdentityPoolId: target.identityPoolId,
            Logins: loginsOf(stage, known(stage, 'tokens').idToken),
          }),
        )
        stage.learned.identityId = IdentityId
        return [`identity ${IdentityId}`]
      },
    },
    {
      title: 'Get temporary credentials',
      wanted: 'allowed',
      why: 'A key, a secret and a session token, bound to the role for members.',
      async run(stage) {
        const logins = loginsOf(stage, known(stage, 'tokens').idToken)
        const { keys, line } = await credentialsFor(stage, known(stage, 'identityId'), logins)
        stage.learned.keys = keys
        return [line]
      },
    },
    {
      title: 'Take her identity without her token',
      wanted: notAuthorized,
      why: 'An identity id is no secret and opens nothing by itself.',
      async run(stage) {
        await credentialsFor(stage, known(stage, 'identityId'))
        return undefined
      },
    },
    {
      title: 'Ask STS whose credentials these are',
      wanted: 'allowed',
      why: 'GetCallerIdentity answers to every valid signature.',
      async run(stage) {
        const { Arn } = await stage.as(known(stage, 'keys')).sts.send(new stage.sdk.sts.GetCallerIdentityCommand({}))
        return [`${Arn}`]
      },
    },
  ],
}
