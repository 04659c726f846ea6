resource "aws_cognito_user_pool" "customers" {
  name                     = "customers"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"
  deletion_protection      = "INACTIVE"

  software_token_mfa_configuration {
    enabled = true
  }

  password_policy {
    minimum_length                   = 12
    require_lowercase                = true
    require_numbers                  = true
    require_symbols                  = false
    require_uppercase                = true
    temporary_password_validity_days = 3
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }

  schema {
    name                = "tenant"
    attribute_data_type = "String"
    mutable             = true
    string_attribute_constraints {
      min_length = 1
      max_length = 64
    }
  }

  tags = {
    app = "photos"
  }
}

resource "aws_cognito_user_pool" "staff" {
  name = "staff"

  admin_create_user_config {
    allow_admin_create_user_only = true
  }
}

resource "aws_cognito_user_pool_client" "web" {
  name                                 = "web"
  user_pool_id                         = aws_cognito_user_pool.customers.id
  explicit_auth_flows                  = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["code"]
  allowed_oauth_scopes                 = concat(["openid", "email"], aws_cognito_resource_server.photos.scope_identifiers)
  callback_urls                        = ["https://app.example.com/signed-in"]
  logout_urls                          = ["https://app.example.com/"]
  supported_identity_providers         = ["COGNITO"]
  prevent_user_existence_errors        = "ENABLED"
  access_token_validity                = 30
  id_token_validity                    = 30
  refresh_token_validity               = 14

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }
}

resource "aws_cognito_user_pool_client" "service" {
  name                                 = "service"
  user_pool_id                         = aws_cognito_user_pool.customers.id
  generate_secret                      = true
  allowed_oauth_flows_user_pool_client = true
  allowed_oauth_flows                  = ["client_credentials"]
  allowed_oauth_scopes                 = aws_cognito_resource_server.photos.scope_identifiers
}

resource "aws_cognito_user_pool_client" "staff" {
  name         = "staff"
  user_pool_id = aws_cognito_user_pool.staff.id
}

resource "aws_cognito_user_pool_domain" "customers" {
  domain       = "photos-example"
  user_pool_id = aws_cognito_user_pool.customers.id
}

# A name of your own beside the prefix. Who ends TLS has the certificate; here is only its name.
resource "aws_cognito_user_pool_domain" "customers_own" {
  domain          = "sign-in.photos.example.com"
  certificate_arn = "arn:aws:acm:us-east-1:${data.aws_caller_identity.current.account_id}:certificate/5f0c6a3e-2b1d-4c8f-9e7a-3d2c1b0a9f8e"
  user_pool_id    = aws_cognito_user_pool.customers.id
}

resource "aws_cognito_user_pool_domain" "staff" {
  domain       = "photos-example-staff"
  user_pool_id = aws_cognito_user_pool.staff.id
}

resource "aws_cognito_resource_server" "photos" {
  identifier   = "https://photos.example.com"
  name         = "photos"
  user_pool_id = aws_cognito_user_pool.customers.id

  scope {
    scope_name        = "read"
    scope_description = "Look at pictures"
  }

  scope {
    scope_name        = "write"
    scope_description = "Add and remove pictures"
  }
}

resource "aws_cognito_user_group" "editors" {
  name         = "editors"
  user_pool_id = aws_cognito_user_pool.customers.id
  description  = "Who may change what others see"
  precedence   = 10
  role_arn     = aws_iam_role.editor.arn
}

resource "aws_cognito_user" "ann" {
  user_pool_id   = aws_cognito_user_pool.customers.id
  username       = "ann@example.com"
  message_action = "SUPPRESS"

  attributes = {
    email          = "ann@example.com"
    email_verified = true
  }
}

resource "aws_cognito_user_in_group" "ann_edits" {
  user_pool_id = aws_cognito_user_pool.customers.id
  group_name   = aws_cognito_user_group.editors.name
  username     = aws_cognito_user.ann.username
}
