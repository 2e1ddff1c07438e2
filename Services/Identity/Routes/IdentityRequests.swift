import Contracts
import Web

/// `POST /accounts`
struct RegisterAccountRequest: Decodable {
  let email: String
  let password: String
  let name: String
  let role: AccountRole

  /// - Throws: 422 `invalid_body` with a pointer for each error.
  func validated() throws -> NewAccount {
    let account = NewAccount(email: AccountRules.normalized(email: email), password: password, name: name, role: role)
    try Problem.check(AccountRules.errors(in: account))
    return account
  }
}

/// `POST /sessions`. Emails and passwords are not validated: malformed ones are wrong credentials.
struct SignInRequest: Decodable {
  let email: String
  let password: String
}

/// `POST /sessions/refresh`, `POST /sessions/end`
struct RefreshTokenRequest: Decodable {
  let refreshToken: String
}

/// `PUT /accounts/{id}/password`
struct ChangePasswordRequest: Decodable {
  let currentPassword: String
  let newPassword: String
}

/// `PUT /accounts/{id}/status`
struct ChangeAccountStatusRequest: Decodable {
  let status: AccountStatus
}
