import Web

/// The bounds of what is under way, apart by kind, so that what takes long by nature or by a slow client keeps nothing else out.
struct ConcurrencyLimit: Sendable {
  /// Requests that are answered at once.
  let requests: Admission
  /// Event streams and long polls.
  let streams: Admission
  /// The same of each caller: as long as they take, one account would soon have every place.
  let perCaller: PerCallerLimiter
  /// Bodies that go up piece by piece, as fast as their client sends them.
  let uploads: Admission

  /// What a request holds while it is under way; given back when it is released, or explicitly before.
  struct Permit: Sendable {
    let place: Admission.Place
    /// Of an event stream or a long poll.
    var share: PerCallerLimiter.Share?

    func leave() {
      place.leave()
      share?.leave()
    }
  }

  /// - Throws: 503 when there is no place of the kind; 429 when the caller has a full share of them.
  func enter(for body: UpstreamCall.Body, isLongLived: Bool, of caller: Caller) throws(Problem) -> Permit {
    guard isLongLived else {
      let isUpload = if case .stream = body { true } else { false }
      guard let place = (isUpload ? uploads : requests).enter() else { throw .overloaded }
      return Permit(place: place)
    }
    guard let share = perCaller.enter(caller.counted) else { throw .tooManyStreams }
    guard let place = streams.enter() else { throw .overloaded }
    return Permit(place: place, share: share)
  }
}
