internal import DequeModule
internal import NIOCore

/// Who waits for which replies of one connection: first in, first out.
///
/// Redis answers in the order of asking and names nothing, so a request keeps its place until all its replies have come,
/// even when nobody waits for them any more (deadline passed). That is what keeps a late reply from answering a stranger.
/// A plain value: it knows neither sockets nor clocks.
struct ReplyQueue<Waiter> {
  private struct Request {
    /// nil once the deadline has passed.
    var waiter: Waiter?
    let replies: Int
    let sent: NIODeadline
    let deadline: NIODeadline
  }

  /// What is to be done about a reply.
  enum Action {
    /// More replies of the same request are to come, or nobody waits.
    case none
    case complete(Waiter, [RedisValue], sent: NIODeadline)
    /// A reply that nobody asked for: the connection must be closed.
    case violation
  }

  /// Replies owed at which no further request is taken.
  let limit: Int
  /// Replies owed by the server.
  private(set) var outstanding = 0
  /// No request's deadline is earlier (it may belong to a request already answered); nil when nothing is outstanding.
  private(set) var nextDeadline: NIODeadline?

  private var requests: Deque<Request> = []
  private var received: [RedisValue] = []
  private var receivedOfDropped = 0

  init(limit: Int) {
    self.limit = limit
  }

  var isEmpty: Bool { requests.isEmpty }

  /// Enters a request of `replies` commands; false, and nothing is changed, if too much is outstanding already.
  ///
  /// A request is taken whole: one larger than the limit passes when little else is outstanding.
  mutating func enter(_ waiter: Waiter, replies: Int, sent: NIODeadline, deadline: NIODeadline) -> Bool {
    guard outstanding < limit else { return false }
    requests.append(Request(waiter: waiter, replies: replies, sent: sent, deadline: deadline))
    outstanding += replies
    nextDeadline = min(nextDeadline ?? deadline, deadline)
    return true
  }

  mutating func receive(_ value: RedisValue) -> Action {
    guard let first = requests.first else { return .violation }
    outstanding -= 1
    if first.waiter == nil {
      receivedOfDropped += 1
      if receivedOfDropped == first.replies { removeFirst() }
      return .none
    }
    if received.isEmpty, first.replies > 1 { received.reserveCapacity(first.replies) }
    received.append(value)
    guard received.count == first.replies, let waiter = first.waiter else { return .none }
    let replies = received
    removeFirst()
    return .complete(waiter, replies, sent: first.sent)
  }

  /// The waiters whose deadlines have passed; their replies will be dropped when they come.
  mutating func expire(now: NIODeadline) -> [Waiter] {
    guard let due = nextDeadline, due <= now else { return [] }
    var expired: [Waiter] = []
    nextDeadline = nil
    for index in requests.indices {
      guard let waiter = requests[index].waiter else { continue }
      if requests[index].deadline <= now {
        expired.append(waiter)
        requests[index].waiter = nil
        if index == requests.startIndex {
          receivedOfDropped = received.count
          received = []
        }
      } else {
        nextDeadline = min(nextDeadline ?? requests[index].deadline, requests[index].deadline)
      }
    }
    return expired
  }

  /// Whether the request whose turn it is has passed its deadline.
  func isOverdue(now: NIODeadline) -> Bool {
    guard let first = requests.first else { return false }
    return first.deadline <= now
  }

  /// Empties the queue for a connection that is gone; returns who still waited.
  mutating func abandon() -> [Waiter] {
    let waiters = requests.compactMap(\.waiter)
    self = ReplyQueue(limit: limit)
    return waiters
  }

  private mutating func removeFirst() {
    requests.removeFirst()
    received = []
    receivedOfDropped = 0
    if requests.isEmpty { nextDeadline = nil }
  }
}
