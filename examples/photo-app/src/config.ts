/** Where the pools and the bucket are: asked of the server once, then handed to Amplify. */
import { Amplify } from 'aws-amplify'

export type Config = {
  readonly region: string
  readonly userPoolId: string
  readonly clientId: string
  readonly identityPoolId: string
  readonly bucket: string
  /** Absent: AWS's own endpoints. */
  readonly endpoint?: string
  /** Absent: codes arrive by real e-mail. */
  readonly mailbox?: string
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch('/demo/config.json')
  if (!answer.ok) throw new Error((await answer.text()).trim() || `The server answered ${answer.status}.`)
  const config = (await answer.json()) as Config
  Amplify.configure({
    Auth: {
      Cognito: {
        userPoolId: config.userPoolId,
        userPoolClientId: config.clientId,
        identityPoolId: config.identityPoolId,
        allowGuestAccess: true,
        loginWith: { email: true },
        ...(config.endpoint && { userPoolEndpoint: config.endpoint, identityPoolEndpoint: config.endpoint }),
      },
    },
  })
  return config
}
