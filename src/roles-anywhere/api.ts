/**
 * The types of the API, by hand: no SDK has CreateSession, and the one of this service that is published for Node is too
 * old to know attribute mappings. The model beside them checks what travels; these say it to the compiler.
 * AWS: IAM Roles Anywhere API Reference; User Guide, "CreateSession API".
 */

/** As the SDK's commands look to `operationsOf`. */
type Command<Input, Output> = new (
  input: Input,
) => {
  resolveMiddleware(...args: never): (args: never) => Promise<{ output: Output }>
}

export type CertificateField = 'x509Subject' | 'x509Issuer' | 'x509SAN'
export type MappingRule = { specifier: string }
export type AttributeMapping = { certificateField: CertificateField; mappingRules: MappingRule[] }

export type NotificationEvent = 'CA_CERTIFICATE_EXPIRY' | 'END_ENTITY_CERTIFICATE_EXPIRY'
export type NotificationSetting = { enabled: boolean; event: NotificationEvent; threshold?: number; channel?: 'ALL' }
export type NotificationSettingDetail = NotificationSetting & { configuredBy: string }

export type Source = {
  sourceType?: 'AWS_ACM_PCA' | 'CERTIFICATE_BUNDLE' | 'SELF_SIGNED_REPOSITORY'
  sourceData?: { x509CertificateData?: string; acmPcaArn?: string }
}

export type TrustAnchorDetail = {
  trustAnchorId: string
  trustAnchorArn: string
  name: string
  source: Source
  enabled: boolean
  createdAt: Date
  updatedAt: Date
  notificationSettings: NotificationSettingDetail[]
}

type ProfileSettings = {
  sessionPolicy?: string
  managedPolicyArns?: string[]
  durationSeconds?: number
  acceptRoleSessionName?: boolean
}

export type ProfileDetail = ProfileSettings & {
  profileId: string
  profileArn: string
  name: string
  roleArns: string[]
  requireInstanceProperties: boolean
  enabled: boolean
  createdBy: string
  createdAt: Date
  updatedAt: Date
  attributeMappings: AttributeMapping[]
}

export type CrlDetail = {
  crlId: string
  crlArn: string
  name: string
  enabled: boolean
  crlData: Uint8Array
  trustAnchorArn: string
  createdAt: Date
  updatedAt: Date
}

export type SubjectSummary = {
  subjectArn: string
  subjectId: string
  enabled: boolean
  x509Subject: string
  lastSeenAt: Date
  createdAt: Date
  updatedAt: Date
}
export type CredentialSummary = {
  seenAt: Date
  serialNumber: string
  issuer: string
  enabled: boolean
  x509CertificateData: string
  failed: boolean
}
export type InstanceProperty = { seenAt: Date; properties: Record<string, string>; failed: boolean }
export type SubjectDetail = SubjectSummary & {
  credentials: CredentialSummary[]
  instanceProperties: InstanceProperty[]
}

type Tag = { key: string; value: string }
type Page = { nextToken?: string; pageSize?: number }
type Listed<Name extends string, Item> = Record<Name, Item[]> & { nextToken?: string | undefined }

type Anchor = Command<{ trustAnchorId: string }, { trustAnchor: TrustAnchorDetail }>
type Profile = Command<{ profileId: string }, { profile: ProfileDetail }>
type Crl = Command<{ crlId: string }, { crl: CrlDetail }>

export type CreateSessionRequest = {
  cert: string
  chain?: string
  durationSeconds?: number
  instanceProperties?: Record<string, string>
  profileArn: string
  roleArn: string
  roleSessionName?: string
  sessionName?: string
  trustAnchorArn: string
}

export type Api = {
  CreateSessionCommand: Command<
    CreateSessionRequest,
    {
      credentialSet: {
        assumedRoleUser: { arn: string; assumedRoleId: string }
        credentials: { accessKeyId: string; expiration: Date; secretAccessKey: string; sessionToken: string }
        packedPolicySize: number
        roleArn: string
        sourceIdentity: string
      }[]
      subjectArn: string
    }
  >

  CreateTrustAnchorCommand: Command<
    { name: string; source: Source; enabled?: boolean; tags?: Tag[]; notificationSettings?: NotificationSetting[] },
    { trustAnchor: TrustAnchorDetail }
  >
  UpdateTrustAnchorCommand: Command<
    { trustAnchorId: string; name?: string; source?: Source },
    { trustAnchor: TrustAnchorDetail }
  >
  GetTrustAnchorCommand: Anchor
  DeleteTrustAnchorCommand: Anchor
  EnableTrustAnchorCommand: Anchor
  DisableTrustAnchorCommand: Anchor
  ListTrustAnchorsCommand: Command<Page, Listed<'trustAnchors', TrustAnchorDetail>>
  PutNotificationSettingsCommand: Command<
    { trustAnchorId: string; notificationSettings: NotificationSetting[] },
    { trustAnchor: TrustAnchorDetail }
  >
  ResetNotificationSettingsCommand: Command<
    { trustAnchorId: string; notificationSettingKeys: { event: NotificationEvent; channel?: 'ALL' }[] },
    { trustAnchor: TrustAnchorDetail }
  >

  CreateProfileCommand: Command<
    ProfileSettings & {
      name: string
      roleArns: string[]
      requireInstanceProperties?: boolean
      enabled?: boolean
      tags?: Tag[]
    },
    { profile: ProfileDetail }
  >
  UpdateProfileCommand: Command<
    ProfileSettings & { profileId: string; name?: string; roleArns?: string[] },
    { profile: ProfileDetail }
  >
  GetProfileCommand: Profile
  DeleteProfileCommand: Profile
  EnableProfileCommand: Profile
  DisableProfileCommand: Profile
  ListProfilesCommand: Command<Page, Listed<'profiles', ProfileDetail>>
  PutAttributeMappingCommand: Command<
    { profileId: string; certificateField: CertificateField; mappingRules: MappingRule[] },
    { profile: ProfileDetail }
  >
  DeleteAttributeMappingCommand: Command<
    { profileId: string; certificateField: CertificateField; specifiers?: string[] },
    { profile: ProfileDetail }
  >

  ImportCrlCommand: Command<
    { name: string; crlData: Uint8Array; enabled?: boolean; tags?: Tag[]; trustAnchorArn: string },
    { crl: CrlDetail }
  >
  UpdateCrlCommand: Command<{ crlId: string; name?: string; crlData?: Uint8Array }, { crl: CrlDetail }>
  GetCrlCommand: Crl
  DeleteCrlCommand: Crl
  EnableCrlCommand: Crl
  DisableCrlCommand: Crl
  ListCrlsCommand: Command<Page, Listed<'crls', CrlDetail>>

  GetSubjectCommand: Command<{ subjectId: string }, { subject: SubjectDetail }>
  ListSubjectsCommand: Command<Page, Listed<'subjects', SubjectSummary>>

  ListTagsForResourceCommand: Command<{ resourceArn: string }, { tags: Tag[] }>
  TagResourceCommand: Command<{ resourceArn: string; tags: Tag[] }, object>
  UntagResourceCommand: Command<{ resourceArn: string; tagKeys: string[] }, object>
}
