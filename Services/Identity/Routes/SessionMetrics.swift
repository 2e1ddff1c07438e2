import Metrics

/// What is counted of sessions.
struct SessionMetrics: Sendable {
  let signedIn = Self.signIns("success")
  let refreshed = Counter(label: "sessions_refreshed_total")
  /// Each is a thief at work, or a client that lost an answer.
  let reused = Counter(label: "refresh_tokens_reused_total")
  private let wrong = Self.signIns("invalid_credentials")
  private let limited = Self.signIns("limited")
  private let suspended = Self.signIns("suspended")

  func refused(_ error: SessionError) {
    switch error {
    case .invalidCredentials: wrong.increment()
    case .tooManyAttempts: limited.increment()
    case .suspended: suspended.increment()
    case .invalidToken, .reusedToken: break
    }
  }

  private static func signIns(_ outcome: String) -> Counter {
    Counter(label: "sign_ins_total", dimensions: [("outcome", outcome)])
  }
}
