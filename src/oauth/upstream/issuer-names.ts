/** How a provider may write its own name: AWS takes no slash at the end of `oidc_issuer`, and providers whose name has one all the same. */
export const issuerNames = (issuer: string): readonly string[] => [issuer, `${issuer}/`]
