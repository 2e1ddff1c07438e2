/// The bounds of what is under way, apart by kind, so that what takes long by nature or by a slow client keeps nothing else out.
struct Places: Sendable {
  /// Requests that are answered at once.
  let requests: Admission
  /// Event streams and long polls.
  let streams: Admission
  /// Bodies that go up piece by piece, as fast as their client sends them.
  let uploads: Admission

  /// - Returns: `nil` when there is no place of the kind.
  func enter(for body: UpstreamCall.Body, isPatient: Bool) -> Admission.Place? {
    if isPatient { return streams.enter() }
    if case .stream = body { return uploads.enter() }
    return requests.enter()
  }
}
