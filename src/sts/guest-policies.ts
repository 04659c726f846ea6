/**
 * What guests of an identity pool may touch at most, whatever their role says, when the pool assumes the role for them.
 * AWS: Cognito Developer Guide, "IAM roles", "Services that unauthenticated identities can access".
 */

const allow = (actions: readonly string[]) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] })

/** unproved: the inline policy is known from copies of AWS's page, whose table of services agrees with it. */
const inline = [
  ...['cloudwatch:*', 'logs:*', 'dynamodb:*', 'kinesis:*', 'mobileanalytics:*', 's3:*', 'ses:*', 'sns:*', 'sqs:*'],
  ...['lambda:*', 'machinelearning:*', 'execute-api:*', 'iot:*', 'gamelift:*', 'cognito-identity:*', 'cognito-idp:*'],
  ...['lex:*', 'polly:*', 'comprehend:*', 'translate:*', 'transcribe:*', 'rekognition:*', 'mobiletargeting:*'],
  ...['firehose:*', 'appsync:*', 'personalize:*', 'sagemaker:InvokeEndpoint', 'cognito-sync:*', 'codewhisperer:*'],
  ...['textract:DetectDocumentText', 'textract:AnalyzeDocument', 'sdb:*'],
]

/** AmazonCognitoUnAuthedIdentitiesSessionPolicy, version 3 of November 2024. */
const managed = [
  ...['rum:PutRumEvents', 'sagemaker:InvokeEndpoint', 'polly:*', 'comprehend:*', 'translate:*', 'transcribe:*'],
  ...['rekognition:*', 'mobiletargeting:*', 'firehose:*', 'personalize:*', 'geo:GetMap*', 'geo:SearchPlaceIndex*'],
  ...['geo:GetPlace', 'geo:CalculateRoute*', 'geo:*Geofence', 'geo:*Geofences', 'geo:*DevicePosition'],
  ...['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptTo', 'kms:ReEncryptFrom', 'kms:GenerateDataKey'],
  ...['kms:GenerateDataKeyPair', 'kms:GenerateDataKeyPairWithoutPlaintext', 'kms:GenerateDataKeyWithoutPlaintext'],
]

/** Two session policies, of which one must allow. */
export const guestPolicies: readonly string[] = [allow(inline), allow(managed)]
