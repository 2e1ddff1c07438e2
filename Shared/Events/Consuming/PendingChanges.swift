import Contracts

/// The entries that a consumer holds unacknowledged, coalesced by subject, and when each change is due.
///
/// A pure state machine: the time (milliseconds of any monotonic clock) is a parameter, and it does no I/O.
///
/// A subject that changes continuously is not fetched for each change: after a burst of fetches the pauses between them grow to
/// half a second, until it has been quiet for a second. A subject whose owner is unavailable waits alone and delays no other
/// subject.
struct PendingChanges {
  struct Limits {
    /// How many fetches of one subject may follow each other without a pause, and the quiet period (ms) that ends a burst.
    var burst = 10
    var quiet: Int64 = 1000
    /// The first pause (ms) of a subject that keeps changing, and the longest.
    var firstHold: Int64 = 8
    var longestHold: Int64 = 500
    /// The first pause (ms) after an unavailable peer, and the longest.
    var firstRetry: Int64 = 50
    var longestRetry: Int64 = 1000
    /// How often handling a change may fail before it becomes a dead letter.
    var attempts = 5
  }

  /// One entry of a stream.
  struct Entry: Hashable {
    let stream: String
    let id: String
  }

  /// What to do with a change's entries when handling it has ended.
  enum Completion: Equatable {
    case acknowledge([Entry])
    case deadLetter([Entry], reason: String)
    case wait
  }

  private struct Key: Hashable {
    let source: String
    let subject: Identifier
  }

  private struct State {
    var waiting: AggregateChange?
    var waitingEntries: [Entry] = []
    var running: AggregateChange?
    var runningEntries: [Entry] = []
    var dueAt: Int64 = 0
    /// Fetches since the last quiet period.
    var burstCount = 0
    var handledAt: Int64 = .min
    var retry: Int64 = 0
    var failures = 0

    /// Sets when the waiting change is due: now, or when the pause since the last fetch is over.
    mutating func schedule(now: Int64, limits: Limits) {
      if handledAt == .min || now - handledAt >= limits.quiet { burstCount = 0 }
      guard burstCount >= limits.burst else {
        dueAt = now
        return
      }
      let doublings = min(burstCount - limits.burst, 16)
      dueAt = max(now, handledAt + min(limits.firstHold << doublings, limits.longestHold))
    }
  }

  private let limits: Limits
  private var states: [Key: State] = [:]
  /// Subjects with a waiting change, oldest first; each subject at most once.
  private var queue: [Key] = []
  private var held: Set<Entry> = []

  init(limits: Limits = Limits()) {
    self.limits = limits
  }

  /// How many entries are held.
  var count: Int { held.count }

  func holds(_ entry: Entry) -> Bool { held.contains(entry) }

  /// Adds an entry; one that is already held (claimed from this consumer itself, for instance) is ignored.
  mutating func add(_ entry: Entry, _ event: Event, now: Int64) {
    guard held.insert(entry).inserted else { return }
    let key = Key(source: event.source, subject: event.subject)
    var state = states[key] ?? State()
    if state.waiting == nil {
      state.waiting = AggregateChange(event)
      queue.append(key)
      if state.running == nil { state.schedule(now: now, limits: limits) }
    } else {
      state.waiting?.merge(event)
    }
    state.waitingEntries.append(entry)
    states[key] = state
  }

  /// The changes that may be handled now, at most `limit`; each must be completed before its subject is returned again.
  mutating func takeDue(limit: Int, now: Int64) -> [AggregateChange] {
    var due: [AggregateChange] = []
    var later: [Key] = []
    for (index, key) in queue.enumerated() {
      guard due.count < limit else {
        later.append(contentsOf: queue[index...])
        break
      }
      guard var state = states[key], let change = state.waiting else { continue }
      guard state.running == nil, state.dueAt <= now else {
        later.append(key)
        continue
      }
      state.running = change
      state.runningEntries = state.waitingEntries
      state.waiting = nil
      state.waitingEntries = []
      states[key] = state
      due.append(change)
    }
    queue = later
    return due
  }

  /// When the next change is due; `nil` if none waits.
  var nextDue: Int64? {
    queue.lazy.compactMap { key in self.states[key].flatMap { $0.running == nil ? $0.dueAt : nil } }.min()
  }

  /// Records the outcome of a change that `takeDue` returned.
  mutating func complete(_ change: AggregateChange, _ outcome: ChangeOutcome, now: Int64) -> Completion {
    let key = Key(source: change.source, subject: change.subject)
    guard var state = states[key], state.running != nil else { return .wait }
    defer { states[key] = state }
    switch outcome {
    case .applied:
      state.retry = 0
      state.failures = 0
      state.handledAt = now
      state.burstCount += 1
      return .acknowledge(release(&state, now: now))
    case .failed(let reason):
      state.failures += 1
      guard state.failures < limits.attempts else {
        state.failures = 0
        return .deadLetter(release(&state, now: now), reason: reason)
      }
    case .retry:
      break
    }
    state.retry = state.retry == 0 ? limits.firstRetry : min(state.retry * 2, limits.longestRetry)
    state.dueAt = now + state.retry
    if state.waiting == nil { queue.append(key) }
    state.waiting = state.waiting.map { change.merged(with: $0) } ?? change
    state.waitingEntries = state.runningEntries + state.waitingEntries
    state.running = nil
    state.runningEntries = []
    return .wait
  }

  /// Removes the state of subjects that have been quiet for longer than any pause; call it now and then.
  mutating func removeQuietSubjects(now: Int64) {
    states = states.filter { _, state in
      state.waiting != nil || state.running != nil || state.handledAt != .min && state.handledAt + limits.quiet > now
    }
  }

  private mutating func release(_ state: inout State, now: Int64) -> [Entry] {
    let entries = state.runningEntries
    held.subtract(entries)
    state.running = nil
    state.runningEntries = []
    if state.waiting != nil { state.schedule(now: now, limits: limits) }
    return entries
  }
}

extension AggregateChange {
  init(_ event: Event) {
    self.init(
      source: event.source, subject: event.subject, sequence: event.sequence, types: [event.type], time: event.time,
      traceparent: event.traceparent)
  }

  fileprivate mutating func merge(_ event: Event) {
    self = merged(with: AggregateChange(event))
  }

  fileprivate func merged(with later: AggregateChange) -> AggregateChange {
    AggregateChange(
      source: source, subject: subject, sequence: max(sequence, later.sequence), types: types.union(later.types),
      time: min(time, later.time), traceparent: later.traceparent ?? traceparent)
  }
}
