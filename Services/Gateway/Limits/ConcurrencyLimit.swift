import Web

/// Separate concurrency limits for each kind of request, so that long-lived requests and slow clients don't block the others.
struct ConcurrencyLimit: Sendable {
  enum Kind: Hashable, Sendable {
    /// The body is in memory and the response is due at once.
    case short
    /// An event stream or a long poll.
    case longLived(CallerKey)
    /// The body is streamed to the service as fast as the client sends it.
    case upload
  }

  let requests: Admission
  let streams: Admission
  /// Bounds the long-lived requests of each caller: otherwise one account could hold all permits.
  let perCaller: PerCallerLimiter
  let uploads: Admission

  /// Held by a request while it is in flight; released explicitly or when it is deallocated.
  struct Permit: Sendable {
    fileprivate let admission: Admission.Permit
    fileprivate var caller: PerCallerLimiter.Permit?

    func release() {
      admission.release()
      caller?.release()
    }
  }

  /// - Throws: 503 if the limit of the kind is reached; 429 if the limit of the caller is.
  func acquire(_ kind: Kind) throws(Problem) -> Permit {
    switch kind {
    case .short: return Permit(admission: try permit(of: requests))
    case .upload: return Permit(admission: try permit(of: uploads))
    case .longLived(let key):
      guard let caller = perCaller.acquire(for: key) else { throw .tooManyStreams }
      return Permit(admission: try permit(of: streams), caller: caller)
    }
  }

  private func permit(of admission: Admission) throws(Problem) -> Admission.Permit {
    guard let permit = admission.acquire() else { throw .overloaded }
    return permit
  }
}
