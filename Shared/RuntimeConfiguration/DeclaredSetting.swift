import Contracts

/// A run-time setting with its current value.
struct DeclaredSetting: Sendable {
  let key: String
  let meaning: String
  let allowed: String
  /// The value that the service was started with.
  let start: String
  let startedAt: Timestamp
  /// Why a value is invalid; `nil` for a valid one.
  let problem: @Sendable (String) -> String?
  /// Applies a valid value.
  let apply: @Sendable (String) -> Void
  /// The store's value, if this service uses it.
  var stored: StoredValue?
  /// The store's value and the reason why this service can't use it.
  var refused: String?

  var value: String { stored?.value ?? start }

  var view: RuntimeSetting {
    RuntimeSetting(
      key: key, value: value, default: start, source: stored == nil ? .start : .store, since: stored?.since ?? startedAt,
      changedBy: stored?.by, allowed: allowed, meaning: meaning, refused: refused)
  }
}

/// An operator's change as stored: `<since> <by> <value>`.
struct StoredValue: Hashable, Sendable {
  let value: String
  let since: Timestamp
  let by: String

  init(_ value: String, since: Timestamp, by: String) {
    self.value = value
    self.since = since
    self.by = by
  }

  init?(_ text: String) {
    let parts = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let since = Timestamp(rfc3339: String(parts[0])) else { return nil }
    self.init(String(parts[2]), since: since, by: String(parts[1]))
  }

  var text: String { "\(since.rfc3339) \(by) \(value)" }
}
