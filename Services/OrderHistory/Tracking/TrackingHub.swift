import Contracts
import Logging
import Metrics
import Redis
import ServiceLifecycle
import Synchronization
import Telemetry

/// Where all tracking streams of this instance wait for news.
///
/// Whichever instance wrote a change, Redis tells every one of them which keys were written. If streams are open for an order, its
/// record is read once, and all of them are woken with the same timeline. A stream costs its place in a table; there are no
/// queues and no tasks here. Safe to use from any task.
final class TrackingHub: Service {
  /// What wakes a stream.
  enum Wake: Sendable {
    /// There are entries behind its position, or the end.
    case news(OrderTimeline)
    /// Nothing happened for so long that the connection should be kept alive.
    case silence
    /// The service stops, or the client has gone.
    case end
  }

  /// Names one open stream.
  struct Ticket: Hashable, Sendable {
    let order: Identifier
    fileprivate let number: Int
  }

  private struct Stream {
    var waiter: CheckedContinuation<Wake, Never>?
    var position = PartVersions()
    var quietSeconds = 0
    var hasEnded = false
  }

  private struct Followed {
    var timeline: OrderTimeline?
    var streams: [Int: Stream] = [:]
  }

  private struct State {
    var orders: [Identifier: Followed] = [:]
    /// To be read again.
    var changed: Set<Identifier> = []
    var count = 0
    var tickets = 0
    var isStopping = false
  }

  /// Records that are read in one go.
  private static let batch = 250

  private let reader: HistoryReader
  private let keepAliveSeconds: Int
  private let logger: Logger
  private let state = Mutex(State())
  private let (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  private let openStreams = Gauge(label: "tracking_streams_open")
  private let pushes = Timer(label: "tracking_push_seconds")

  init(reader: HistoryReader, keepAliveSeconds: Int = 15, logger: Logger) {
    self.reader = reader
    self.keepAliveSeconds = keepAliveSeconds
    self.logger = logger
  }

  /// How many streams are open here.
  var count: Int { state.withLock { $0.count } }

  // MARK: Streams

  /// Begins to follow an order: from now on no change of it is missed.
  func open(_ order: Identifier) -> Ticket {
    let (ticket, count) = state.withLock { state in
      state.tickets += 1
      state.count += 1
      state.orders[order, default: Followed()].streams[state.tickets] = Stream()
      // Whatever was read before this moment may be old.
      state.changed.insert(order)
      return (Ticket(order: order, number: state.tickets), state.count)
    }
    openStreams.record(count)
    changed.yield()
    return ticket
  }

  func close(_ ticket: Ticket) {
    let count = state.withLock { state in
      guard state.orders[ticket.order]?.streams.removeValue(forKey: ticket.number) != nil else { return state.count }
      if state.orders[ticket.order]?.streams.isEmpty ?? false { state.orders[ticket.order] = nil }
      state.count -= 1
      return state.count
    }
    openStreams.record(count)
  }

  /// Waits for something behind `position`. Called by one task for each ticket.
  func next(_ ticket: Ticket, after position: PartVersions) async -> Wake {
    await withCheckedContinuation { continuation in
      let wake: Wake? = state.withLock { state in
        guard !state.isStopping, let followed = state.orders[ticket.order], let stream = followed.streams[ticket.number],
          !stream.hasEnded
        else { return .end }
        if let timeline = followed.timeline, timeline.hasNews(after: position) { return .news(timeline) }
        state.orders[ticket.order]?.streams[ticket.number] = Stream(waiter: continuation, position: position)
        return nil
      }
      if let wake { continuation.resume(returning: wake) }
    }
  }

  /// Lets a stream come to its end, at once or when it next asks.
  func end(_ ticket: Ticket) {
    let waiter: CheckedContinuation<Wake, Never>? = state.withLock { state in
      state.orders[ticket.order]?.streams[ticket.number]?.hasEnded = true
      return state.orders[ticket.order]?.streams[ticket.number]?.waiter.take()
    }
    waiter?.resume(returning: .end)
  }

  /// Measures how long news took from the event to the client's connection.
  func pushed(_ entries: [OrderTimeline.Entry]) {
    let now = Timestamp.now()
    for entry in entries { pushes.recordNanoseconds(max(0, now.milliseconds(since: entry.at)) * 1_000_000) }
  }

  // MARK: Changes

  /// Takes what Redis tells about the keys of orders.
  func receive(_ message: RedisInvalidation.Message) {
    let isOurs = state.withLock { state in
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
    if isOurs { changed.yield() }
  }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      await withTaskGroup { group in
        group.addTask { await self.keepReading() }
        group.addTask { await self.keepAlive() }
      }
    }
    endAll()
  }

  private func keepReading() async {
    for await _ in changes {
      while let orders = takeChanged() {
        do {
          tell(orders, try await reader.views(of: orders).map { $0.map { OrderTimeline($0) } })
        } catch {
          state.withLock { $0.changed.formUnion(orders) }
          logger.debug("Orders can't be read for tracking now.", metadata: ["error": "\(error)"])
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

  /// Wakes those who wait for what was read. An order that isn't there is being built again; what was shown of it stays true.
  private func tell(_ orders: [Identifier], _ timelines: [OrderTimeline?]) {
    let woken = state.withLock { state in
      var woken: [(CheckedContinuation<Wake, Never>, OrderTimeline)] = []
      for case (let order, let timeline?) in zip(orders, timelines) {
        guard var followed = state.orders.removeValue(forKey: order) else { continue }
        followed.timeline = timeline
        for (number, stream) in followed.streams where timeline.hasNews(after: stream.position) {
          if let waiter = followed.streams[number]?.waiter.take() { woken.append((waiter, timeline)) }
        }
        state.orders[order] = followed
      }
      return woken
    }
    for (waiter, timeline) in woken { waiter.resume(returning: .news(timeline)) }
  }

  private func keepAlive() async {
    while !Task.isCancelled {
      try? await Task.sleep(for: .seconds(1))
      for waiter in quiet() { waiter.resume(returning: .silence) }
    }
  }

  /// Lets every stream come to its end, and those that would still be opened.
  func endAll() {
    let waiters = state.withLock { state in
      state.isStopping = true
      return takeWaiters(in: &state) { _ in true }
    }
    for waiter in waiters { waiter.resume(returning: .end) }
  }

  /// Those who have waited for so long that they should say something.
  private func quiet() -> [CheckedContinuation<Wake, Never>] {
    state.withLock { state in
      takeWaiters(in: &state) { stream in
        stream.quietSeconds += 1
        return stream.quietSeconds >= keepAliveSeconds
      }
    }
  }

  /// Takes those out of the table who wait and are chosen.
  private func takeWaiters(
    in state: inout State, where isChosen: (inout Stream) -> Bool
  ) -> [CheckedContinuation<Wake, Never>] {
    var waiters: [CheckedContinuation<Wake, Never>] = []
    for order in Array(state.orders.keys) {
      guard var followed = state.orders.removeValue(forKey: order) else { continue }
      for number in Array(followed.streams.keys) {
        guard var stream = followed.streams.removeValue(forKey: number) else { continue }
        if isChosen(&stream), let waiter = stream.waiter.take() { waiters.append(waiter) }
        followed.streams[number] = stream
      }
      state.orders[order] = followed
    }
    return waiters
  }
}
