import Concurrency
import Contracts
import Logging
import Metrics
import Redis
import ServiceLifecycle
import Synchronization
import Telemetry

/// Notifies the tracking streams of this instance about changes of their orders.
///
/// Redis sends each instance the keys that were written, whichever instance wrote them. If streams are subscribed to an order,
/// its record is read once and all of them resume with the same timeline. A stream costs an entry in a table; it has no queue and
/// no task of its own. Safe to use from any task.
final class TrackingHub: Service {
  /// Why a stream resumes.
  enum Notification: Sendable {
    /// There are entries after its position, or no more can follow.
    case update(OrderTimeline)
    /// Nothing was sent for the keep-alive interval.
    case keepAlive
    /// The service stops, or the client disconnected.
    case end
  }

  /// Identifies an open stream.
  struct Subscription: Hashable, Sendable {
    let order: Identifier
    fileprivate let number: Int
  }

  private struct Stream {
    var waiter: CheckedContinuation<Notification, Never>?
    var position = PartVersions()
    var idleSeconds = 0
    var hasEnded = false
  }

  private struct TrackedOrder {
    var timeline: OrderTimeline?
    var streams: [Int: Stream] = [:]
  }

  private struct State {
    var orders: [Identifier: TrackedOrder] = [:]
    /// The orders whose records must be read.
    var changed: Set<Identifier> = []
    var count = 0
    var subscriptions = 0
    var isStopping = false
  }

  /// The maximum number of records read at once.
  private static let batch = 250

  private let reader: HistoryReader
  private let keepAliveSeconds: Int
  private let logger: Logger
  private let state = Mutex(State())
  private let changed = Signal()
  private let openStreams = Gauge(label: "tracking_streams_open")
  private let pushes = Timer(label: "tracking_push_seconds")

  init(reader: HistoryReader, keepAliveSeconds: Int = 15, logger: Logger) {
    self.reader = reader
    self.keepAliveSeconds = keepAliveSeconds
    self.logger = logger
  }

  /// The number of open streams.
  var count: Int { state.withLock { $0.count } }

  // MARK: Streams

  /// Begins to track an order; from now on no change of it is missed.
  func subscribe(to order: Identifier) -> Subscription {
    let (subscription, count) = state.withLock { state in
      state.subscriptions += 1
      state.count += 1
      state.orders[order, default: TrackedOrder()].streams[state.subscriptions] = Stream()
      // A timeline that was read earlier may be outdated.
      state.changed.insert(order)
      return (Subscription(order: order, number: state.subscriptions), state.count)
    }
    openStreams.record(count)
    changed.set()
    return subscription
  }

  func unsubscribe(_ subscription: Subscription) {
    let count = state.withLock { state in
      guard state.orders[subscription.order]?.streams.removeValue(forKey: subscription.number) != nil else { return state.count }
      if state.orders[subscription.order]?.streams.isEmpty ?? false { state.orders[subscription.order] = nil }
      state.count -= 1
      return state.count
    }
    openStreams.record(count)
  }

  /// Waits until there is something after `position`. Called by one task for each subscription.
  func next(_ subscription: Subscription, after position: PartVersions) async -> Notification {
    await withCheckedContinuation { continuation in
      let notification: Notification? = state.withLock { state in
        guard !state.isStopping, let tracked = state.orders[subscription.order],
          let stream = tracked.streams[subscription.number],
          !stream.hasEnded
        else { return .end }
        if let timeline = tracked.timeline, timeline.hasUpdate(after: position) { return .update(timeline) }
        state.orders[subscription.order]?.streams[subscription.number] = Stream(waiter: continuation, position: position)
        return nil
      }
      if let notification { continuation.resume(returning: notification) }
    }
  }

  /// Ends a stream, immediately if it is waiting, otherwise at its next wait.
  func end(_ subscription: Subscription) {
    let waiter: CheckedContinuation<Notification, Never>? = state.withLock { state in
      state.orders[subscription.order]?.streams[subscription.number]?.hasEnded = true
      return state.orders[subscription.order]?.streams[subscription.number]?.waiter.take()
    }
    waiter?.resume(returning: .end)
  }

  /// Ends all streams, and those opened later.
  func endAll() {
    let waiters = state.withLock { state in
      state.isStopping = true
      return takeWaiters(in: &state) { _ in true }
    }
    for waiter in waiters { waiter.resume(returning: .end) }
  }

  /// Records the time from the status changes to their delivery to a client.
  func recordPush(of entries: [OrderTimeline.Entry]) {
    for entry in entries { pushes.record(since: entry.at) }
  }

  // MARK: Changes

  /// Receives the invalidated keys of orders.
  func receive(_ message: RedisInvalidation.Message) {
    let isTracked = state.withLock { state in
      if state.orders.isEmpty { return false }
      switch message {
      case .keys(let keys):
        for key in keys {
          if let order = HistoryKeys.order(ofKey: key), state.orders[order] != nil { state.changed.insert(order) }
        }
      case .reset:
        // Changes may have been missed.
        state.changed.formUnion(state.orders.keys)
      }
      return !state.changed.isEmpty
    }
    if isTracked { changed.set() }
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.readChanges() }
        group.addTask { await self.sendKeepAlives() }
      }
    }
    endAll()
  }

  private func readChanges() async {
    while !Task.isCancelled {
      await changed.wait()
      while let orders = takeChanged() {
        do {
          notify(orders, try await reader.views(of: orders).map { $0.map { OrderTimeline($0) } })
        } catch {
          state.withLock { $0.changed.formUnion(orders) }
          logger.debug("Reading orders for tracking failed; it is tried again.", metadata: ["error": "\(error)"])
          try? await Task.sleep(for: .milliseconds(50))
          if Task.isCancelled { return }
        }
      }
    }
  }

  private func takeChanged() -> [Identifier]? {
    state.withLock { state in
      let orders = Array(state.changed.prefix(Self.batch))
      state.changed.subtract(orders)
      return orders.isEmpty ? nil : orders
    }
  }

  /// Resumes the streams with updates. An order without a record is being rebuilt; the timeline that was read before stays valid.
  private func notify(_ orders: [Identifier], _ timelines: [OrderTimeline?]) {
    let resumed = state.withLock { state in
      var resumed: [(CheckedContinuation<Notification, Never>, OrderTimeline)] = []
      for case (let order, let timeline?) in zip(orders, timelines) {
        guard var tracked = state.orders.removeValue(forKey: order) else { continue }
        tracked.timeline = timeline
        for (number, stream) in tracked.streams where timeline.hasUpdate(after: stream.position) {
          if let waiter = tracked.streams[number]?.waiter.take() { resumed.append((waiter, timeline)) }
        }
        state.orders[order] = tracked
      }
      return resumed
    }
    for (waiter, timeline) in resumed { waiter.resume(returning: .update(timeline)) }
  }

  private func sendKeepAlives() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      for waiter in takeIdle() { waiter.resume(returning: .keepAlive) }
    }
  }

  /// Counts a second for all streams, and removes the waiters of those that are due for a keep-alive.
  private func takeIdle() -> [CheckedContinuation<Notification, Never>] {
    state.withLock { state in
      takeWaiters(in: &state) { stream in
        stream.idleSeconds += 1
        return stream.idleSeconds >= keepAliveSeconds
      }
    }
  }

  /// Removes and returns the waiters of the selected streams.
  private func takeWaiters(
    in state: inout State, where isSelected: (inout Stream) -> Bool
  ) -> [CheckedContinuation<Notification, Never>] {
    var waiters: [CheckedContinuation<Notification, Never>] = []
    for order in Array(state.orders.keys) {
      guard var tracked = state.orders.removeValue(forKey: order) else { continue }
      for number in Array(tracked.streams.keys) {
        guard var stream = tracked.streams.removeValue(forKey: number) else { continue }
        if isSelected(&stream), let waiter = stream.waiter.take() { waiters.append(waiter) }
        tracked.streams[number] = stream
      }
      state.orders[order] = tracked
    }
    return waiters
  }
}
