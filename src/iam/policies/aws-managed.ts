/**
 * AWS's own managed policies, those that users of Cognito meet, as data.
 *
 * AWS: AWS Managed Policy Reference Guide. Where a policy there also names services that are not here, this has what is.
 * unproved: their unique ids and version numbers, which are ours, and that nobody depends on them.
 */
import { hash } from 'node:crypto'
import type { ManagedPolicy, PolicyVersion } from './managed-policy.ts'

type Statement = {
  Effect: 'Allow' | 'Deny'
  Action: string | string[]
  Resource: string | string[]
  Condition?: object
}

const allow = (Action: string | string[], Resource: string | string[] = '*', Condition?: object): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
  ...(Condition && { Condition }),
})

const logs = ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']
const emailRole =
  'arn:aws:iam::*:role/aws-service-role/email.cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdpEmail*'

/** By path and name. */
const documents: Readonly<Record<string, { description: string; statements: readonly Statement[] }>> = {
  '/AdministratorAccess': {
    description: 'Provides full access to AWS services and resources.',
    statements: [allow('*')],
  },
  '/AmazonAPIGatewayInvokeFullAccess': {
    description: 'Provides full access to invoke APIs in Amazon API Gateway.',
    statements: [allow(['execute-api:Invoke', 'execute-api:ManageConnections'], 'arn:aws:execute-api:*:*:*')],
  },
  '/AmazonCognitoDeveloperAuthenticatedIdentities': {
    description: 'Provides access to Amazon Cognito APIs to support developer authenticated identities.',
    statements: [
      allow([
        'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
        'cognito-identity:LookupDeveloperIdentity',
        'cognito-identity:MergeDeveloperIdentities',
        'cognito-identity:UnlinkDeveloperIdentity',
      ]),
    ],
  },
  '/AmazonCognitoPowerUser': {
    description: 'Provides administrative access to existing Amazon Cognito resources.',
    statements: [
      allow([
        ...['cognito-identity:*', 'cognito-idp:*', 'cognito-sync:*'],
        ...[
          'iam:ListRoles',
          'iam:ListOpenIdConnectProviders',
          'iam:GetRole',
          'iam:ListSAMLProviders',
          'iam:GetSAMLProvider',
        ],
        ...['kinesis:ListStreams', 'lambda:GetPolicy', 'lambda:ListFunctions', 'sns:GetSMSSandboxAccountStatus'],
        ...['sns:ListPlatformApplications', 'ses:ListIdentities', 'ses:GetIdentityVerificationAttributes'],
        ...['mobiletargeting:GetApps', 'acm:ListCertificates'],
      ]),
      allow('iam:CreateServiceLinkedRole', '*', {
        StringEquals: {
          'iam:AWSServiceName': ['cognito-idp.amazonaws.com', 'email.cognito-idp.amazonaws.com'],
        },
      }),
      allow(['iam:DeleteServiceLinkedRole', 'iam:GetServiceLinkedRoleDeletionStatus'], emailRole),
    ],
  },
  '/AmazonCognitoReadOnly': {
    description: 'Provides read only access to Amazon Cognito resources.',
    statements: [
      allow([
        ...['cognito-identity:Describe*', 'cognito-identity:Get*', 'cognito-identity:List*'],
        ...[
          'cognito-idp:Describe*',
          'cognito-idp:AdminGet*',
          'cognito-idp:AdminList*',
          'cognito-idp:List*',
          'cognito-idp:Get*',
        ],
        ...['cognito-sync:Describe*', 'cognito-sync:Get*', 'cognito-sync:List*'],
        ...['iam:ListOpenIdConnectProviders', 'iam:ListRoles', 'sns:ListPlatformApplications'],
      ]),
    ],
  },
  '/AmazonDynamoDBReadOnlyAccess': {
    description: 'Provides read only access to Amazon DynamoDB.',
    statements: [
      allow([
        ...[
          'dynamodb:BatchGetItem',
          'dynamodb:Describe*',
          'dynamodb:List*',
          'dynamodb:GetItem',
          'dynamodb:Query',
          'dynamodb:Scan',
        ],
        ...['dynamodb:PartiQLSelect', 'dynamodb:GetResourcePolicy'],
      ]),
    ],
  },
  '/AmazonDynamoDBFullAccess': {
    description: 'Provides full access to Amazon DynamoDB.',
    statements: [allow('dynamodb:*')],
  },
  '/AmazonESCognitoAccess': {
    description: 'Provides limited access to the Amazon Cognito configuration service.',
    statements: [
      allow([
        ...['cognito-idp:DescribeUserPool', 'cognito-idp:CreateUserPoolClient', 'cognito-idp:DeleteUserPoolClient'],
        ...['cognito-idp:UpdateUserPoolClient', 'cognito-idp:DescribeUserPoolClient', 'cognito-idp:AdminInitiateAuth'],
        ...[
          'cognito-idp:AdminUserGlobalSignOut',
          'cognito-idp:ListUserPoolClients',
          'cognito-identity:DescribeIdentityPool',
        ],
        ...['cognito-identity:UpdateIdentityPool', 'cognito-identity:GetIdentityPoolRoles'],
      ]),
      allow('iam:PassRole', '*', {
        StringLike: {
          'iam:PassedToService': ['cognito-identity.amazonaws.com', 'cognito-identity-us-gov.amazonaws.com'],
        },
      }),
      allow('cognito-identity:SetIdentityPoolRoles'),
    ],
  },
  '/AmazonKinesisFullAccess': {
    description: 'Provides full access to all streams.',
    statements: [allow('kinesis:*')],
  },
  '/AmazonKinesisReadOnlyAccess': {
    description: 'Provides read only access to all streams.',
    statements: [allow(['kinesis:Get*', 'kinesis:List*', 'kinesis:Describe*'])],
  },
  '/AmazonMobileAnalyticsWriteOnlyAccess': {
    description: 'Provides write only access to put event data for all application resources.',
    statements: [allow('mobileanalytics:PutEvents')],
  },
  '/AmazonS3FullAccess': {
    description: 'Provides full access to all buckets.',
    statements: [allow(['s3:*', 's3-object-lambda:*'])],
  },
  '/AmazonS3ReadOnlyAccess': {
    description: 'Provides read only access to all buckets.',
    statements: [allow(['s3:Get*', 's3:List*', 's3:Describe*', 's3-object-lambda:Get*', 's3-object-lambda:List*'])],
  },
  '/AmazonSNSFullAccess': { description: 'Provides full access to Amazon SNS.', statements: [allow('sns:*')] },
  '/AmazonSQSFullAccess': { description: 'Provides full access to Amazon SQS.', statements: [allow('sqs:*')] },
  '/AmazonSQSReadOnlyAccess': {
    description: 'Provides read only access to Amazon SQS.',
    statements: [
      allow([
        'sqs:GetQueueAttributes',
        'sqs:GetQueueUrl',
        'sqs:ListDeadLetterSourceQueues',
        'sqs:ListQueues',
        'sqs:ListQueueTags',
      ]),
    ],
  },
  '/AWSDenyAll': {
    description: 'Deny all access.',
    statements: [{ Effect: 'Deny', Action: '*', Resource: '*' }],
  },
  '/AWSLambda_FullAccess': {
    description: 'Grants full access to AWS Lambda.',
    statements: [allow('lambda:*')],
  },
  '/IAMFullAccess': { description: 'Provides full access to IAM.', statements: [allow('iam:*')] },
  '/IAMReadOnlyAccess': {
    description: 'Provides read only access to IAM.',
    statements: [
      allow([
        'iam:GenerateCredentialReport',
        'iam:Get*',
        'iam:List*',
        'iam:SimulateCustomPolicy',
        'iam:SimulatePrincipalPolicy',
      ]),
    ],
  },
  '/IAMUserChangePassword': {
    description: 'Provides the ability for an IAM user to change their own password.',
    statements: [
      allow('iam:ChangePassword', ['arn:aws:iam::*:user/${aws:username}', 'arn:aws:iam::*:user/*/${aws:username}']),
      allow('iam:GetAccountPasswordPolicy'),
    ],
  },
  '/service-role/AmazonCognitoIdpEmailServiceRolePolicy': {
    description: 'Lets Amazon Cognito use the configured SES identities to send e-mail.',
    statements: [allow(['ses:SendEmail', 'ses:SendRawEmail']), { Effect: 'Allow', Action: 'ses:List*', Resource: '*' }],
  },
  '/service-role/AWSLambdaBasicExecutionRole': {
    description: 'Provides write permissions to CloudWatch Logs.',
    statements: [allow(logs)],
  },
  '/service-role/AWSLambdaRole': {
    description: 'Default policy for AWS Lambda service role.',
    statements: [allow('lambda:InvokeFunction')],
  },
  '/service-role/AmazonAPIGatewayPushToCloudWatchLogs': {
    description: "Allows API Gateway to push logs to the user's account.",
    statements: [
      allow([
        ...logs,
        'logs:DescribeLogGroups',
        'logs:DescribeLogStreams',
        'logs:GetLogEvents',
        'logs:FilterLogEvents',
      ]),
    ],
  },
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const idOf = (key: string) =>
  `ANPA${[...hash('sha256', key, 'buffer').subarray(0, 17)].map((byte) => letters[byte & 31]).join('')}`
const since = Date.UTC(2015, 1, 6, 18, 39, 46)

/** Everyone's and nobody's: they cannot be changed. Their `attachments` and `boundaries` are those of the account that asks. */
export const awsPolicies: readonly ManagedPolicy[] = Object.entries(documents)
  .map(([key, { description }]): ManagedPolicy => {
    const slash = key.lastIndexOf('/') + 1
    const fixed = { account: 'aws', tags: [], defaultVersion: 1, newestVersion: 1, createdAt: since, updatedAt: since }
    const name = key.slice(slash)
    return { ...fixed, id: idOf(key), name, path: key.slice(0, slash), description, attachments: 0, boundaries: 0 }
  })
  .sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))

const texts = new Map(
  Object.entries(documents).map(([key, { statements }]) => [
    idOf(key),
    JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2),
  ]),
)

/** The document of AWS's own policy with that id, or undefined. */
export const awsDocument = (id: string): string | undefined => texts.get(id)

/** Its only version. */
export const awsVersion = (policy: ManagedPolicy): PolicyVersion => ({
  version: policy.defaultVersion,
  document: texts.get(policy.id) ?? '',
  createdAt: policy.createdAt,
})

export const awsName = (id: string): string => awsPolicies.find((policy) => policy.id === id)?.name ?? id
