/** A Lambda function for pre sign-up, as it would run at AWS: members of one domain need no code, others may not join. */
export const handler = async (event) => {
  const { email = '' } = event.request.userAttributes
  if (!email.endsWith('@example.com')) throw new Error('Only people of example.com may join')
  event.response.autoConfirmUser = true
  event.response.autoVerifyEmail = true
  return event
}
