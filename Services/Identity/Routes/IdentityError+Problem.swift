import HTTPTypes
import Hummingbird
import Web

/// How a client sees that a command on an account was refused.
extension AccountError: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .unknownAccount: .notFound("account_not_found", "there is no such account")
    case .emailTaken: .conflict("email_taken", "there is an account with this email")
    case .versionMismatch(let current): .versionMismatch(current: current)
    case .wrongPassword: Problem(.forbidden, code: "wrong_password", detail: "the current password is another")
    case .ownAccount: .conflict("own_account", "operators can't change the status of their own account")
    }
  }
}

/// How somebody sees that they were not let in.
extension SessionError: HTTPResponseError {
  var status: HTTPResponse.Status { problem.status }

  func response(from request: Request, context: some RequestContext) -> Response {
    problem.response()
  }

  private var problem: Problem {
    switch self {
    case .invalidCredentials: .refused("invalid_credentials", "email and password don't belong to an account")
    case .invalidToken: .refused("invalid_refresh_token", "the refresh token is not valid; sign in again")
    case .reusedToken:
      .refused("refresh_token_reused", "the refresh token was used before, so the session is over; sign in again")
    case .suspended: Problem(.forbidden, code: "account_suspended", detail: "the account is suspended")
    case .tooManyAttempts(let seconds):
      Problem(
        .tooManyRequests, code: "too_many_requests", detail: "there were too many attempts; try again later",
        headers: [.retryAfter: String(seconds)])
    }
  }
}

extension Problem {
  /// 401: signing in is what helps.
  fileprivate static func refused(_ code: String, _ detail: String) -> Problem {
    Problem(.unauthorized, code: code, detail: detail, headers: [.wwwAuthenticate: "Bearer realm=\"baedal\""])
  }
}
