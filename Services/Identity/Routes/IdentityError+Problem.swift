import HTTPTypes
import Web

/// Maps rejected commands on accounts to problem documents.
extension AccountError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknownAccount: .notFound("account_not_found", "the account does not exist")
    case .emailTaken: .conflict("email_taken", "an account with this email exists")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .wrongPassword: Problem(.forbidden, code: "wrong_password", detail: "the current password is wrong")
    case .invalidPassword(let error): .invalidBody([error])
    case .ownAccount: .conflict("own_account", "operators can't change the status of their own account")
    }
  }
}

/// Maps rejected sign-ins and refreshes to problem documents.
extension SessionError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .invalidCredentials: .unauthorized("invalid_credentials", "the email or the password is wrong")
    case .invalidToken: .unauthorized("invalid_refresh_token", "the refresh token is not valid; sign in again")
    case .reusedToken:
      .unauthorized("refresh_token_reused", "the refresh token was used before, so the session has ended; sign in again")
    case .suspended: Problem(.forbidden, code: "account_suspended", detail: "the account is suspended")
    case .tooManyAttempts(let seconds):
      Problem(
        .tooManyRequests, code: "too_many_requests", detail: "there were too many attempts; try again later",
        headers: [.retryAfter: String(seconds)])
    }
  }
}

extension Problem {
  /// 401 with a challenge.
  fileprivate static func unauthorized(_ code: String, _ detail: String) -> Problem {
    Problem(.unauthorized, code: code, detail: detail, headers: [.wwwAuthenticate: "Bearer realm=\"baedal\""])
  }
}
