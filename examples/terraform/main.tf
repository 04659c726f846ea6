# Two user pools, an identity pool with role mapping, and the roles, users and policies behind them, on a Poolhouse server.
# terraform init && terraform apply

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "endpoint" {
  description = "Where the server is."
  default     = "http://localhost:4100"
}

variable "access_key" {
  default = "test"
}

variable "secret_key" {
  default   = "test"
  sensitive = true
}

provider "aws" {
  region                      = "us-east-1"
  access_key                  = var.access_key
  secret_key                  = var.secret_key
  skip_metadata_api_check     = true
  skip_region_validation      = true
  skip_credentials_validation = false
  s3_use_path_style           = true

  endpoints {
    cognitoidp      = var.endpoint
    cognitoidentity = var.endpoint
    iam             = var.endpoint
    sts             = var.endpoint
    s3              = var.endpoint
  }
}

data "aws_caller_identity" "current" {}

output "account" {
  value = data.aws_caller_identity.current.account_id
}

output "user_pool_id" {
  value = aws_cognito_user_pool.customers.id
}

output "client_id" {
  value = aws_cognito_user_pool_client.web.id
}

output "identity_pool_id" {
  value = aws_cognito_identity_pool.app.id
}
