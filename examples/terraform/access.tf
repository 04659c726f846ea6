data "aws_iam_policy_document" "trust" {
  for_each = { signed_in = "authenticated", guest = "unauthenticated", editor = "authenticated" }

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"]

    principals {
      type        = "Federated"
      identifiers = ["cognito-identity.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "cognito-identity.amazonaws.com:aud"
      values   = [aws_cognito_identity_pool.app.id]
    }

    condition {
      test     = "ForAnyValue:StringLike"
      variable = "cognito-identity.amazonaws.com:amr"
      values   = [each.value]
    }
  }
}

resource "aws_iam_role" "signed_in" {
  name                 = "signed-in"
  path                 = "/app/"
  description          = "Everybody who signed in"
  assume_role_policy   = data.aws_iam_policy_document.trust["signed_in"].json
  max_session_duration = 7200
  permissions_boundary = aws_iam_policy.boundary.arn
}

resource "aws_iam_role" "guest" {
  name               = "guest"
  assume_role_policy = data.aws_iam_policy_document.trust["guest"].json
}

resource "aws_iam_role" "editor" {
  name               = "editor"
  assume_role_policy = data.aws_iam_policy_document.trust["editor"].json

  tags = {
    app = "photos"
  }
}

data "aws_iam_policy_document" "own_folder" {
  statement {
    sid       = "OwnFolder"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["arn:aws:s3:::pictures/$${cognito-identity.amazonaws.com:sub}/*"]
  }

  statement {
    sid       = "ListOwnFolder"
    actions   = ["s3:ListBucket"]
    resources = ["arn:aws:s3:::pictures"]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["$${cognito-identity.amazonaws.com:sub}/*"]
    }
  }
}

resource "aws_iam_role_policy" "own_folder" {
  name   = "own-folder"
  role   = aws_iam_role.signed_in.id
  policy = data.aws_iam_policy_document.own_folder.json
}

resource "aws_iam_policy" "boundary" {
  name        = "app-boundary"
  description = "What no role of the app goes beyond"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["s3:*", "dynamodb:*"], Resource = "*" }]
  })
}

resource "aws_iam_policy" "read_pictures" {
  name = "read-pictures"
  path = "/app/"

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "arn:aws:s3:::pictures/public/*" }]
  })

  tags = {
    app = "photos"
  }
}

resource "aws_iam_role_policy_attachment" "guest_reads" {
  role       = aws_iam_role.guest.name
  policy_arn = aws_iam_policy.read_pictures.arn
}

resource "aws_iam_role_policy_attachment" "editor_cognito" {
  role       = aws_iam_role.editor.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonCognitoReadOnly"
}

resource "aws_iam_group" "operators" {
  name = "operators"
  path = "/people/"
}

resource "aws_iam_group_policy_attachment" "operators_cognito" {
  group      = aws_iam_group.operators.name
  policy_arn = "arn:aws:iam::aws:policy/AmazonCognitoPowerUser"
}

resource "aws_iam_group_policy" "operators" {
  name  = "own-keys"
  group = aws_iam_group.operators.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:*AccessKey*", Resource = "arn:aws:iam::*:user/people/$${aws:username}" }]
  })
}

resource "aws_iam_user" "operator" {
  name                 = "operator"
  path                 = "/people/"
  permissions_boundary = "arn:aws:iam::aws:policy/AdministratorAccess"

  tags = {
    team = "platform"
  }
}

resource "aws_iam_user_group_membership" "operator" {
  user   = aws_iam_user.operator.name
  groups = [aws_iam_group.operators.name]
}

resource "aws_iam_user_policy" "operator" {
  name = "see-yourself"
  user = aws_iam_user.operator.name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "iam:GetUser", Resource = "*" }]
  })
}

resource "aws_iam_user_policy_attachment" "operator" {
  user       = aws_iam_user.operator.name
  policy_arn = aws_iam_policy.read_pictures.arn
}

resource "aws_iam_access_key" "operator" {
  user = aws_iam_user.operator.name
}

resource "aws_iam_openid_connect_provider" "pipelines" {
  url            = "https://token.actions.example.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_saml_provider" "company" {
  name                   = "company"
  saml_metadata_document = file("${path.module}/identity-provider.xml")
}

resource "aws_iam_instance_profile" "editor" {
  name = "editor"
  path = "/app/"
  role = aws_iam_role.editor.name
}

resource "aws_iam_account_password_policy" "strict" {
  minimum_password_length        = 14
  require_lowercase_characters   = true
  require_numbers                = true
  require_uppercase_characters   = true
  require_symbols                = true
  allow_users_to_change_password = true
}

resource "aws_iam_virtual_mfa_device" "operator" {
  virtual_mfa_device_name = "operator-phone"
}
