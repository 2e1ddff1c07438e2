import Contracts
public import Logging
import Metrics
public import Redis
public import ServiceLifecycle
import Synchronization
import Telemetry
public import Web

/// The settings of a service that operators may change while it runs, and the watch over the store that keeps their changes.
///
/// A service declares such a setting once and reads the ``RuntimeValue`` at each use:
/// ```swift
/// let runtime = RuntimeConfiguration(service: "rider", settings: settings, redis: redis, logger: logger)
/// let timeout = try runtime.duration("offer.timeout", in: .seconds(1) ... .seconds(120))
/// ```
/// Every instance looks at the store twice a second. While the store is away the last known values hold; when it has lost its data they are
/// written back. A value that the owner of the setting can't use changes nothing, whoever wrote it. May be used from any task.
public final class RuntimeConfiguration: Service {
  private struct State: Sendable {
    var declared: [String: DeclaredSetting] = [:]
    /// What the store held when it was last read.
    var known: ConfigurationStore.Contents?
    /// The number of the look at the store that was the latest to have an effect; an earlier one that is late has none.
    var applied = 0
    var isAway = false
  }

  private let settings: Settings
  private let store: ConfigurationStore
  private let interval: Duration
  private let logger: Logger
  private let startedAt = Timestamp.now()
  private let looks = Atomic<Int>(0)
  private let state = Mutex(State())
  private let changes = Counter(label: "runtime_configuration_changes_total")

  /// - Parameters:
  ///   - service: the executable's name; all its instances share one store.
  ///   - settings: give the values at the start.
  public init(
    service: String, settings: Settings, redis: RedisClient, interval: Duration = .milliseconds(500), logger: Logger
  ) {
    self.settings = settings
    self.interval = interval
    self.logger = logger
    store = ConfigurationStore(service: service, redis: redis)
  }

  /// Follows the store until the service is told to stop.
  public func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await self.follow()
        try? await Task.sleep(for: self.interval)
      }
    }
  }

  /// Whether the store answered when it was last asked.
  public var isFollowing: Bool { state.withLock { !$0.isAway } }

  /// All settings that may change, in order of their keys.
  public var all: [RuntimeSetting] {
    state.withLock { $0.declared.values.map(\.view) }.sorted { $0.key < $1.key }
  }

  /// Changes a setting here and, within a second, in every other instance.
  /// - Throws: ``RuntimeConfigurationError``; `RedisError`, after which nothing has changed, or it can't be known whether anything has.
  public func change(_ key: String, to value: String, by principal: String) async throws -> RuntimeSetting {
    let declared = try declared(key)
    if let problem = declared.problem(value) { throw RuntimeConfigurationError.invalid(key: key, reason: problem) }
    // A change of what was lost would be all that there is, and the others would be forgotten.
    if let known = state.withLock({ $0.known }), try await store.version() == nil { try await restore(known) }
    try await store.put(key, StoredValue(value, since: .now(), by: principal))
    try await refresh()
    return try self.declared(key).view
  }

  /// Takes a change back: the value that each instance was started with holds again.
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

  /// One look at the store, and what follows from it.
  private func follow() async {
    do {
      let version = try await store.version()
      let known = state.withLock { $0.known }
      if let version, version != known?.version {
        try await refresh()
      } else if version == nil, let known {
        try await restore(known)
      }
      if noteAway(false) { logger.notice("The store of the configuration is back.") }
    } catch is CancellationError {
    } catch {
      if noteAway(true) { logger.notice("The store of the configuration is away; the last known values hold.", error: error) }
    }
  }

  private func restore(_ known: ConfigurationStore.Contents) async throws {
    try await store.restore(known)
    logger.warning("The store of the configuration had lost its data; what was known is written back.")
  }

  /// - Returns: whether that is news.
  private func noteAway(_ isAway: Bool) -> Bool {
    state.withLock { state in
      defer { state.isAway = isAway }
      return state.isAway != isAway
    }
  }

  private func refresh() async throws {
    let look = looks.add(1, ordering: .relaxed).newValue
    guard let contents = try await store.contents() else { return }
    apply(contents, look)
  }

  private func apply(_ contents: ConfigurationStore.Contents, _ look: Int) {
    // Under the lock throughout, so that values and what is shown of them are of the same look.
    state.withLock { state in
      guard look > state.applied else { return }
      state.applied = look
      state.known = contents
      for key in state.declared.keys {
        state.declared[key]?.follow(contents.fields[key]) { old, new, by in
          changes.increment()
          logger.notice(
            "configuration changed", metadata: ["key": "\(key)", "from": "\(old)", "to": "\(new)", "by": "\(by ?? "reset")"])
        } refused: { value, reason in
          logger.warning(
            "a value of the configuration can't be used", metadata: ["key": "\(key)", "value": "\(value)", "reason": "\(reason)"])
        }
      }
    }
  }
}

extension DeclaredSetting {
  /// Takes what the store holds, `nil` for nothing.
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
    if let reason = found.map({ problem($0.value) }) ?? "is not of the form in which values are kept" {
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
