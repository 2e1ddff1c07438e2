import Metrics

/// Counts sign-ins by outcome.
struct SignInMetrics: Sendable {
  let succeeded = Self.counter("success")
  private let invalidCredentials = Self.counter("invalid_credentials")
  private let limited = Self.counter("limited")
  private let suspended = Self.counter("suspended")

  func failed(_ error: SessionError) {
    switch error {
    case .invalidCredentials: invalidCredentials.increment()
    case .tooManyAttempts: limited.increment()
    case .suspended: suspended.increment()
    case .invalidToken, .reusedToken: break
    }
  }

  private static func counter(_ outcome: String) -> Counter {
    Counter(label: "sign_ins_total", dimensions: [("outcome", outcome)])
  }
}
