#!/usr/bin/env bash
# From an empty server to a signed-in person and a file in a bucket, with the AWS CLI. See README.md.
set -euo pipefail

export AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL:-http://localhost:4100}
export AWS_DEFAULT_REGION=us-east-1 AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_PAGER=
# The addresses of buckets are paths: http://localhost:4100/bucket/key.
AWS_CONFIG_FILE=$(mktemp)
export AWS_CONFIG_FILE
trap 'rm -f "$AWS_CONFIG_FILE"' EXIT
aws configure set default.s3.addressing_style path

pool=$(aws cognito-idp create-user-pool --pool-name people --auto-verified-attributes email \
  --query UserPool.Id --output text)
client=$(aws cognito-idp create-user-pool-client --user-pool-id "$pool" --client-name web \
  --explicit-auth-flows ALLOW_USER_PASSWORD_AUTH ALLOW_REFRESH_TOKEN_AUTH \
  --query UserPoolClient.ClientId --output text)

email=ann-$RANDOM$RANDOM@example.com
aws cognito-idp sign-up --client-id "$client" --username ann --password Correct-horse-7 \
  --user-attributes "Name=email,Value=$email" > /dev/null

# In development messages go to the mailbox; a person would read this one.
code=$(curl -s "$AWS_ENDPOINT_URL/mailbox/messages?to=$email" | grep -o '"code":"[0-9]*"' | head -1 | tr -dc 0-9)
aws cognito-idp confirm-sign-up --client-id "$client" --username ann --confirmation-code "$code"

token=$(aws cognito-idp initiate-auth --client-id "$client" --auth-flow USER_PASSWORD_AUTH \
  --auth-parameters USERNAME=ann,PASSWORD=Correct-horse-7 --query AuthenticationResult.AccessToken --output text)
echo "signed in as $(aws cognito-idp get-user --access-token "$token" --query Username --output text)"

bucket=people-$RANDOM$RANDOM
aws s3 mb "s3://$bucket" > /dev/null
echo 'hello' | aws s3 cp - "s3://$bucket/hello.txt"
echo "the bucket says $(aws s3 cp "s3://$bucket/hello.txt" -)"
