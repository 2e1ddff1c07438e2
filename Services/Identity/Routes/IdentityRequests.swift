import Contracts
import Web

/// `POST /accounts`
struct RegisterAccount: Decodable {
  let email: String
  let password: String
  let name: String
  let role: AccountRole

  func validated() throws -> NewAccount {
    let account = NewAccount(email: AccountRules.normalized(email: email), password: password, name: name, role: role)
    try Problem.refuse(AccountRules.violations(of: account))
    return account
  }
}

/// `POST /sessions`. Nothing is said of what emails and passwords may be: whatever is none is simply wrong.
struct OpenSession: Decodable {
  let email: String
  let password: String
}

/// `POST /sessions/refresh`, `POST /sessions/end`
struct UseToken: Decodable {
  let refreshToken: String
}

/// `PUT /accounts/{id}/password`
struct ChangePassword: Decodable {
  let currentPassword: String
  let newPassword: String

  func validate(for account: SignInCredentials) throws {
    let violation = AccountRules.violation(ofPassword: newPassword, email: account.email, at: "/newPassword")
    try Problem.refuse(violation.map { [$0] } ?? [])
  }
}

/// `PUT /accounts/{id}/status`
struct ChangeStatus: Decodable {
  let status: AccountStatus
}

extension Problem {
  /// - Throws: 422 `invalid_body` with a pointer for each violation, if there is any.
  fileprivate static func refuse(_ violations: [RuleViolation]) throws(Problem) {
    var validation = Validation()
    for violation in violations {
      validation.refuse(violation.pointer, violation.detail)
    }
    try validation.finish()
  }
}
