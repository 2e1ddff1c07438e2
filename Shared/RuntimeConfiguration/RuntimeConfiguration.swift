import Contracts
public import Logging
import Metrics
public import Redis
public import ServiceLifecycle
import Synchronization
import Telemetry
public import Web

/// The settings of a service that operators may change at run time, kept in sync with the store of their changes.
///
/// A service declares such a setting once and reads the ``RuntimeValue`` each time it uses it:
/// ```swift
/// let runtime = RuntimeConfiguration(service: "rider", settings: settings, redis: redis, logger: logger)
/// let timeout = try runtime.duration("offer.timeout", in: .seconds(1) ... .seconds(120))
/// ```
/// Every instance polls the store twice a second. While the store is unavailable the last known values stay; when it has lost its
/// data they are restored. A stored value that is invalid for the setting is ignored. May be used from any task.
public final class RuntimeConfiguration: Service {
  private struct State: Sendable {
    var declared: [String: DeclaredSetting] = [:]
    /// The store's contents when it was last read.
    var known: ConfigurationStore.Contents?
    /// The number of the latest read that was applied; an earlier one that completes later is ignored.
    var applied = 0
    var isUnavailable = false
  }

  private let settings: Settings
  private let store: ConfigurationStore
  private let interval: Duration
  private let logger: Logger
  private let startedAt = Timestamp.now()
  private let reads = Atomic<Int>(0)
  private let state = Mutex(State())
  private let changes = Counter(label: "runtime_configuration_changes_total")

  /// - Parameters:
  ///   - service: the executable's name; all its instances share one store.
  ///   - settings: provide the initial values.
  public init(
    service: String, settings: Settings, redis: RedisClient, interval: Duration = .milliseconds(500), logger: Logger
  ) {
    self.settings = settings
    self.interval = interval
    self.logger = logger
    store = ConfigurationStore(service: service, redis: redis)
  }

  /// Follows the store until the service shuts down.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await self.follow()
        try? await Task.sleep(for: self.interval)
      }
    }
  }

  /// Whether the last read of the store succeeded.
  public var isFollowing: Bool { state.withLock { !$0.isUnavailable } }

  /// All run-time settings, in order of their keys.
  public var all: [RuntimeSetting] {
    state.withLock { $0.declared.values.map(\.view) }.sorted { $0.key < $1.key }
  }

  /// Changes a setting here and, within a second, in every other instance.
  /// - Throws: ``RuntimeConfigurationError``; `RedisError`, after which the change may or may not have been made.
  public func change(_ key: String, to value: String, by principal: String) async throws -> RuntimeSetting {
    let declared = try declared(key)
    if let problem = declared.problem(value) { throw RuntimeConfigurationError.invalid(key: key, reason: problem) }
    // After a loss the store would hold only this change, and the other instances would drop theirs.
    if let known = state.withLock({ $0.known }), try await store.version() == nil { try await restore(known) }
    try await store.put(key, StoredValue(value, since: .now(), by: principal))
    try await refresh()
    return try self.declared(key).view
  }

  /// Reverts a change: the value that each instance was started with applies again.
  /// - Throws: as ``change(_:to:by:)``.
  public func reset(_ key: String) async throws -> RuntimeSetting {
    _ = try declared(key)
    try await store.remove(key)
    try await refresh()
    return try declared(key).view
  }

  func declare<Value: Sendable>(
    _ key: String, allowed: String, onChange: @escaping @Sendable (Value) -> Void, parse: @escaping @Sendable (String) -> Value?
  ) throws(SettingsError) -> RuntimeValue<Value> {
    let start = try settings.string(key)
    guard let setting = settings.declared(key), !setting.isSecret, key != ConfigurationStore.versionField else {
      throw settings.error(key, "can't be changed at run time")
    }
    guard let value = parse(start) else { throw settings.error(key, "must be \(allowed), not \"\(start)\"") }
    let runtime = RuntimeValue(value, onChange: onChange)
    let declared = DeclaredSetting(
      key: key, meaning: setting.meaning, allowed: allowed, start: start, startedAt: startedAt,
      problem: { parse($0) == nil ? "must be \(allowed)" : nil },
      apply: { text in if let value = parse(text) { runtime.set(value) } })
    state.withLock { $0.declared[key] = declared }
    return runtime
  }

  private func declared(_ key: String) throws -> DeclaredSetting {
    guard let declared = state.withLock({ $0.declared[key] }) else { throw RuntimeConfigurationError.unknown(key: key) }
    return declared
  }

  /// Polls the store once, and applies or restores its contents.
  private func follow() async {
    do {
      let version = try await store.version()
      let known = state.withLock { $0.known }
      if let version, version != known?.version {
        try await refresh()
      } else if version == nil, let known {
        try await restore(known)
      }
      if setUnavailable(false) { logger.notice("The configuration store is available again.") }
    } catch is CancellationError {
    } catch {
      if setUnavailable(true) {
        logger.notice("The configuration store is unavailable; the last known values stay.", error: error)
      }
    }
  }

  private func restore(_ known: ConfigurationStore.Contents) async throws {
    try await store.restore(known)
    logger.warning("The configuration store had lost its data; the last known values were restored.")
  }

  /// - Returns: whether the state changed.
  private func setUnavailable(_ isUnavailable: Bool) -> Bool {
    state.withLock { state in
      defer { state.isUnavailable = isUnavailable }
      return state.isUnavailable != isUnavailable
    }
  }

  private func refresh() async throws {
    let read = reads.add(1, ordering: .relaxed).newValue
    guard let contents = try await store.contents() else { return }
    apply(contents, read)
  }

  private func apply(_ contents: ConfigurationStore.Contents, _ read: Int) {
    // Under one lock, so that values and settings are of the same read.
    state.withLock { state in
      guard read > state.applied else { return }
      state.applied = read
      state.known = contents
      for key in state.declared.keys {
        state.declared[key]?.follow(contents.fields[key]) { old, new, by in
          changes.increment()
          logger.notice(
            "A setting was changed.",
            metadata: ["key": "\(key)", "from": "\(old)", "to": "\(new)", "by": "\(by ?? "reset")"])
        } refused: { value, reason in
          logger.warning(
            "A stored value of a setting is invalid.",
            metadata: ["key": "\(key)", "value": "\(value)", "reason": "\(reason)"])
        }
      }
    }
  }
}

extension DeclaredSetting {
  /// Applies the store's value, `nil` for none.
  fileprivate mutating func follow(
    _ text: String?, changed: (_ from: String, _ to: String, _ by: String?) -> Void, refused: (String, String) -> Void
  ) {
    let before = value
    guard let text else {
      (stored, self.refused) = (nil, nil)
      if value != before {
        apply(value)
        changed(before, value, nil)
      }
      return
    }
    let found = StoredValue(text)
    if let reason = found.map({ problem($0.value) }) ?? "is not in the format of stored values" {
      let note = "\(found?.value ?? text): \(reason)"
      if self.refused != note { refused(found?.value ?? text, reason) }
      self.refused = note
      return
    }
    (stored, self.refused) = (found, nil)
    if value != before {
      apply(value)
      changed(before, value, found?.by)
    }
  }
}
