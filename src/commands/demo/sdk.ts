/** The public client libraries, loaded when the story begins: they are development packages, absent from a production installation. */
import type { Target } from './target.ts'

export type Keys = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

export type Sdk = Awaited<ReturnType<typeof loadSdk>>

/** Refuses with a sentence where the packages are not installed. */
export async function loadSdk() {
  try {
    return {
      idp: await import('@aws-sdk/client-cognito-identity-provider'),
      identity: await import('@aws-sdk/client-cognito-identity'),
      sts: await import('@aws-sdk/client-sts'),
      s3: await import('@aws-sdk/client-s3'),
      presigner: await import('@aws-sdk/s3-request-presigner'),
      srp: await import('amazon-cognito-identity-js'),
    }
  } catch (error) {
    throw new Error(
      `The demo speaks through the public SDKs, which are development packages: run npm install. (${(error as Error).message})`,
    )
  }
}

export type Clients = ReturnType<typeof clientsFor>

/** Without keys only the public operations can be called. A client never tries twice: the first answer is the one looked at. */
export function clientsFor(sdk: Sdk, { endpoint, region }: Target, keys?: Keys) {
  const common = { endpoint, region, maxAttempts: 1, ...(keys && { credentials: keys }) }
  return {
    idp: new sdk.idp.CognitoIdentityProviderClient(common),
    identity: new sdk.identity.CognitoIdentityClient(common),
    sts: new sdk.sts.STSClient(common),
    s3: new sdk.s3.S3Client({ ...common, forcePathStyle: true }),
  }
}

/** The three tokens, by the Secure Remote Password protocol: the password stays here. */
export function signInBySrp(
  { srp }: Sdk,
  { endpoint, userPoolId, clientId }: Target,
  { email, password }: { email: string; password: string },
): Promise<{ idToken: string; accessToken: string; refreshToken: string }> {
  const kept = new Map<string, string>()
  const Storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
    clear: () => kept.clear(),
  }
  const pool = new srp.CognitoUserPool({ UserPoolId: userPoolId, ClientId: clientId, endpoint, Storage })
  const user = new srp.CognitoUser({ Username: email, Pool: pool, Storage })
  return new Promise((resolve, reject) =>
    user.authenticateUser(new srp.AuthenticationDetails({ Username: email, Password: password }), {
      onSuccess: (session) =>
        resolve({
          idToken: session.getIdToken().getJwtToken(),
          accessToken: session.getAccessToken().getJwtToken(),
          refreshToken: session.getRefreshToken().getToken(),
        }),
      onFailure: reject,
    }),
  )
}
