import NIOCore
import Synchronization

/// The last successful responses of a service, for use while it is unavailable; bounded in number and bytes.
final class StaleResponseCache: Sendable {
  private struct Entry: Sendable {
    let response: ServiceResponse
    let at: ContinuousClock.Instant
    let bytes: Int
  }

  private struct State: Sendable {
    var entries: [ServiceClient.GetKey: Entry] = [:]
    var bytes = 0
  }

  private let state = Mutex(State())
  private let limit: Int
  private let byteLimit: Int

  init(limit: Int = 1000, byteLimit: Int = 8 * 1024 * 1024) {
    self.limit = limit
    self.byteLimit = byteLimit
  }

  func store(_ response: ServiceResponse, for key: ServiceClient.GetKey, at now: ContinuousClock.Instant = .now) {
    let bytes = response.body.readableBytes + key.path.utf8.count + 256
    guard bytes <= byteLimit / 8 else { return }
    state.withLock { state in
      state.bytes += bytes - (state.entries[key]?.bytes ?? 0)
      state.entries[key] = Entry(response: response, at: now, bytes: bytes)
      guard state.entries.count > limit || state.bytes > byteLimit else { return }
      // The older half is removed at once, so that sorting is rare.
      for (key, entry) in state.entries.sorted(by: { $0.value.at < $1.value.at }).prefix(state.entries.count / 2) {
        state.entries[key] = nil
        state.bytes -= entry.bytes
      }
    }
  }

  /// The cached response with its age, unless it is older than `maximumAge`.
  func response(
    for key: ServiceClient.GetKey, within maximumAge: Duration, at now: ContinuousClock.Instant = .now
  ) -> (response: ServiceResponse, age: Duration)? {
    guard let entry = state.withLock({ $0.entries[key] }), now - entry.at <= maximumAge else { return nil }
    return (entry.response, now - entry.at)
  }
}
