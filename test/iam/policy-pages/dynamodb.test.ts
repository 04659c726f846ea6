/**
 * AWS: DynamoDB Developer Guide, "Using IAM policy conditions for fine-grained access control"; IAM User Guide, "Example IAM
 * identity-based policies", DynamoDB. That requests have these keys is proved in test/gateway/dynamodb.test.ts.
 */
import { account, page, type Row, role } from './examples.ts'

const scores = `arn:aws:dynamodb:us-west-2:${account}:table/GameScores`
const index = `${scores}/index/TopScoreDateTimeIndex`
const items = ['GetItem', 'BatchGetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'].map(
  (name) => `dynamodb:${name}`,
)
const allow = (Action: string[], Condition: object, Resource: string | string[] = [scores]) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
})
const player = role('GameRole', { provider: 'www.amazon.com', keys: { 'www.amazon.com:user_id': 'player' } })
const friend = role('GameRole', { provider: 'graph.facebook.com', keys: { 'graph.facebook.com:id': 'friend' } })
const citizen = role('App', { keys: { 'cognito-identity.amazonaws.com:sub': 'us-east-1:me' } })

type Asked = { leading?: string[]; attributes?: string[]; select?: string; returns?: string; on?: string }
const ask = (when: string, action: string, asked: Asked, gets: Row['gets']): Row => ({
  ...{ when, gets },
  action: `dynamodb:${action}`,
  on: asked.on ?? scores,
  keys: {
    ...(asked.leading && { 'dynamodb:LeadingKeys': asked.leading }),
    ...(asked.attributes && { 'dynamodb:Attributes': asked.attributes }),
    ...(asked.select !== undefined && { 'dynamodb:Select': asked.select }),
    ...(asked.returns !== undefined && { 'dynamodb:ReturnValues': asked.returns }),
  },
})
const own = ['${www.amazon.com:user_id}']
const specific = { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' }
const quiet = { 'dynamodb:ReturnValues': ['NONE', 'UPDATED_OLD', 'UPDATED_NEW'] }

page('Using IAM policy conditions for fine-grained access control', [
  {
    shows: 'players have own items, and name the attributes they want',
    by: player,
    identity: allow(items, {
      'ForAllValues:StringEquals': {
        'dynamodb:LeadingKeys': own,
        'dynamodb:Attributes': ['UserId', 'GameTitle', 'Wins', 'Losses'],
      },
      StringEqualsIfExists: specific,
    }),
    rows: [
      ask(
        'of own',
        'GetItem',
        { leading: ['player'], attributes: ['UserId', 'Wins'], select: 'SPECIFIC_ATTRIBUTES' },
        'allowed',
      ),
      ask(
        "of another's",
        'GetItem',
        { leading: ['other'], attributes: ['Wins'], select: 'SPECIFIC_ATTRIBUTES' },
        'implicitDeny',
      ),
      ask('of both', 'BatchGetItem', { leading: ['player', 'other'], attributes: ['Wins'] }, 'implicitDeny'),
      ask('of another attribute', 'PutItem', { leading: ['player'], attributes: ['UserId', 'Email'] }, 'implicitDeny'),
      ask('of all attributes', 'Query', { leading: ['player'], select: 'ALL_ATTRIBUTES' }, 'implicitDeny'),
      ask('of own', 'PutItem', { leading: ['player'], attributes: ['UserId', 'Wins'] }, 'allowed'),
    ],
  },
  {
    shows: 'example 1: items with one partition key, and no Scan',
    by: player,
    identity: allow(items, { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': own } }),
    rows: [
      ...items.map((action) => ask('of own', action.slice(9), { leading: ['player'] }, 'allowed')),
      ask("of another's", 'DeleteItem', { leading: ['other'] }, 'implicitDeny'),
      ask('of all', 'Scan', {}, 'implicitDeny'),
    ],
  },
  {
    shows: 'example 1: read-only',
    by: player,
    identity: allow(items.slice(0, 3), { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': own } }),
    rows: [
      ask('of own', 'Query', { leading: ['player'] }, 'allowed'),
      ask('of own', 'PutItem', { leading: ['player'] }, 'implicitDeny'),
    ],
  },
  {
    shows: 'example 2: two attributes are read and updated, and nothing else is told',
    by: player,
    identity: allow(
      ['dynamodb:UpdateItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem', 'dynamodb:Scan'],
      {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['UserId', 'TopScore'] },
        StringEqualsIfExists: { ...specific, ...quiet },
      },
    ),
    rows: [
      ask('of both', 'Scan', { attributes: ['UserId', 'TopScore'], select: 'SPECIFIC_ATTRIBUTES' }, 'allowed'),
      ask('of a third', 'Scan', { attributes: ['UserId', 'Wins'], select: 'SPECIFIC_ATTRIBUTES' }, 'implicitDeny'),
      ask('of all', 'Scan', { select: 'ALL_ATTRIBUTES' }, 'implicitDeny'),
      ask('of what is projected', 'Query', { select: 'ALL_PROJECTED_ATTRIBUTES' }, 'implicitDeny'),
      ...quiet['dynamodb:ReturnValues'].map((returns) =>
        ask(returns, 'UpdateItem', { attributes: ['UserId', 'TopScore'], returns }, 'allowed'),
      ),
      ...['ALL_OLD', 'ALL_NEW'].map((returns) =>
        ask(returns, 'UpdateItem', { attributes: ['UserId', 'TopScore'], returns }, 'implicitDeny'),
      ),
      ask('silent', 'UpdateItem', { attributes: ['UserId', 'TopScore'] }, 'allowed'),
      ...['PutItem', 'DeleteItem', 'BatchWriteItem'].map((name) =>
        ask('of an item', name, { attributes: ['UserId', 'TopScore'] }, 'implicitDeny'),
      ),
    ],
  },
  {
    shows: 'example 2, reading only: what always has a value needs no IfExists',
    identity: allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:Scan'], {
      'ForAllValues:StringLike': { 'dynamodb:Attributes': ['User*', 'Top*'] },
      StringEquals: specific,
    }),
    rows: [
      ask('by pattern', 'GetItem', { attributes: ['UserId', 'TopScore'], select: 'SPECIFIC_ATTRIBUTES' }, 'allowed'),
      ask('beside the pattern', 'GetItem', { attributes: ['Wins'], select: 'SPECIFIC_ATTRIBUTES' }, 'implicitDeny'),
      ask('of all', 'GetItem', { select: 'ALL_ATTRIBUTES' }, 'implicitDeny'),
    ],
  },
  {
    shows: 'example 3: two attributes are never updated',
    identity: allow(['dynamodb:UpdateItem'], {
      'ForAllValues:StringNotLike': { 'dynamodb:Attributes': ['FreeGamesAvailable', 'BossLevelUnlocked'] },
      StringEquals: quiet,
    }),
    rows: [
      ask('of another', 'UpdateItem', { attributes: ['UserId', 'Wins'], returns: 'NONE' }, 'allowed'),
      ask(
        'of one of them',
        'UpdateItem',
        { attributes: ['UserId', 'BossLevelUnlocked'], returns: 'NONE' },
        'implicitDeny',
      ),
      ask('that tells all', 'UpdateItem', { attributes: ['UserId', 'Wins'], returns: 'ALL_NEW' }, 'implicitDeny'),
    ],
  },
  {
    shows: 'example 4: queries of projected attributes in an index',
    identity: allow(
      ['dynamodb:Query'],
      {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['TopScoreDateTime', 'GameTitle', 'Wins'] },
        StringEquals: specific,
      },
      [index],
    ),
    rows: [
      ask(
        'of them',
        'Query',
        { on: index, attributes: ['GameTitle', 'Wins'], select: 'SPECIFIC_ATTRIBUTES' },
        'allowed',
      ),
      ask('of another', 'Query', { on: index, attributes: ['Email'], select: 'SPECIFIC_ATTRIBUTES' }, 'implicitDeny'),
      ask('of all', 'Query', { on: index, select: 'ALL_PROJECTED_ATTRIBUTES' }, 'implicitDeny'),
      ask('of the table', 'Query', { attributes: ['Wins'], select: 'SPECIFIC_ATTRIBUTES' }, 'implicitDeny'),
    ],
  },
  {
    shows: 'example 4: queries of all that is projected',
    identity: allow(['dynamodb:Query'], { StringEquals: { 'dynamodb:Select': 'ALL_PROJECTED_ATTRIBUTES' } }, [index]),
    rows: [
      ask('of all', 'Query', { on: index, select: 'ALL_PROJECTED_ATTRIBUTES' }, 'allowed'),
      ask('of some', 'Query', { on: index, attributes: ['Wins'], select: 'SPECIFIC_ATTRIBUTES' }, 'implicitDeny'),
    ],
  },
  {
    shows: 'example 5: own items, two attributes, table and index',
    by: friend,
    identity: allow(
      ['dynamodb:UpdateItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:BatchGetItem'],
      {
        'ForAllValues:StringEquals': {
          'dynamodb:LeadingKeys': ['${graph.facebook.com:id}'],
          'dynamodb:Attributes': ['attribute-A', 'attribute-B'],
        },
        StringEqualsIfExists: { ...specific, ...quiet },
      },
      [scores, index],
    ),
    rows: [
      ask(
        'of own',
        'Query',
        { on: index, leading: ['friend'], attributes: ['attribute-A'], select: 'SPECIFIC_ATTRIBUTES' },
        'allowed',
      ),
      ask(
        'of own',
        'UpdateItem',
        { leading: ['friend'], attributes: ['attribute-B'], returns: 'UPDATED_NEW' },
        'allowed',
      ),
      ask(
        'on a condition',
        'UpdateItem',
        { leading: ['friend'], attributes: ['attribute-B', 'hidden'] },
        'implicitDeny',
      ),
      ask(
        'that tells all',
        'UpdateItem',
        { leading: ['friend'], attributes: ['attribute-B'], returns: 'ALL_OLD' },
        'implicitDeny',
      ),
      ask("of another's", 'GetItem', { leading: ['other'], attributes: ['attribute-A'] }, 'implicitDeny'),
      {
        ...ask(
          'of a player without that id',
          'GetItem',
          { leading: ['friend'], attributes: ['attribute-A'] },
          'implicitDeny',
        ),
        by: player,
      },
    ],
  },
])

const table = `arn:aws:dynamodb:us-east-1:${account}:table/MyTable`
page('Example IAM identity-based policies, DynamoDB', [
  {
    shows: 'everything of one table',
    identity: [
      {
        Effect: 'Allow',
        Action: ['dynamodb:List*', 'dynamodb:DescribeLimits', 'dynamodb:DescribeTimeToLive'],
        Resource: '*',
      },
      {
        Effect: 'Allow',
        Action: [
          ...['dynamodb:BatchGet*', 'dynamodb:DescribeTable', 'dynamodb:Get*', 'dynamodb:Query', 'dynamodb:Scan'],
          ...[
            'dynamodb:BatchWrite*',
            'dynamodb:CreateTable',
            'dynamodb:Delete*',
            'dynamodb:Update*',
            'dynamodb:PutItem',
          ],
        ],
        Resource: 'arn:aws:dynamodb:*:*:table/MyTable',
      },
    ],
    rows: [
      ...['BatchGetItem', 'DeleteTable', 'UpdateItem', 'Scan'].map((name) =>
        ask('of it', name, { on: table }, 'allowed'),
      ),
      ask('of another', 'GetItem', { on: scores }, 'implicitDeny'),
      ask('of the account', 'ListTables', { on: '*' }, 'allowed'),
      ask('of it', 'CreateBackup', { on: table }, 'implicitDeny'),
    ],
  },
  {
    shows: 'three columns',
    identity: allow(
      items,
      {
        'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['one', 'two', 'three'] },
        StringEqualsIfExists: specific,
      },
      ['arn:aws:dynamodb:*:*:table/MyTable'],
    ),
    rows: [
      ask('of two', 'GetItem', { on: table, attributes: ['one', 'two'], select: 'SPECIFIC_ATTRIBUTES' }, 'allowed'),
      ask(
        'of a fourth',
        'GetItem',
        { on: table, attributes: ['one', 'four'], select: 'SPECIFIC_ATTRIBUTES' },
        'implicitDeny',
      ),
      ask('of all', 'Query', { on: table, select: 'ALL_ATTRIBUTES' }, 'implicitDeny'),
    ],
  },
  {
    shows: 'the rows of an identity of Cognito',
    by: citizen,
    identity: allow(
      ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': ['${cognito-identity.amazonaws.com:sub}'] } },
      ['arn:aws:dynamodb:*:*:table/MyTable'],
    ),
    rows: [
      ask('of own', 'PutItem', { on: table, leading: ['us-east-1:me'] }, 'allowed'),
      ask("of another's", 'PutItem', { on: table, leading: ['us-east-1:you'] }, 'implicitDeny'),
      {
        ...ask('for a role without that id', 'GetItem', { on: table, leading: ['us-east-1:me'] }, 'implicitDeny'),
        by: role('R'),
      },
      ask('of all', 'Scan', { on: table }, 'implicitDeny'),
    ],
  },
])
