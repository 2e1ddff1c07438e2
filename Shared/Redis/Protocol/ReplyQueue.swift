internal import DequeModule
internal import NIOCore

/// The outstanding requests of one connection: first in, first out.
///
/// Redis replies in the order of the commands and without ids, so a request stays in the queue until all its replies have
/// arrived, even after its deadline. Otherwise a late reply would be taken for that of another request. A plain value without
/// sockets or clocks.
struct ReplyQueue<Waiter> {
  private struct Request {
    /// nil once the deadline has passed.
    var waiter: Waiter?
    let replies: Int
    let sent: NIODeadline
    let deadline: NIODeadline
  }

  /// What to do about a reply.
  enum Action {
    /// More replies of the same request are to come, or its deadline has passed.
    case none
    case complete(Waiter, [RedisValue], sent: NIODeadline)
    /// A reply without a request: the connection must be closed.
    case violation
  }

  /// The number of outstanding replies at which further requests are rejected.
  let limit: Int
  /// Replies that the server still owes.
  private(set) var outstanding = 0
  /// No request has an earlier deadline (it may belong to a completed request); nil when nothing is outstanding.
  private(set) var nextDeadline: NIODeadline?

  private var requests: Deque<Request> = []
  private var received: [RedisValue] = []
  private var receivedOfDropped = 0

  init(limit: Int) {
    self.limit = limit
  }

  var isEmpty: Bool { requests.isEmpty }

  /// Adds a request of `replies` commands; false, without any change, if too much is outstanding already.
  ///
  /// A request is added as a whole: one larger than the limit is accepted while fewer replies than the limit are outstanding.
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

  /// The waiters whose deadlines have passed; their replies will be dropped when they arrive.
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

  /// Whether the first request in the queue has passed its deadline.
  func isOverdue(now: NIODeadline) -> Bool {
    guard let first = requests.first else { return false }
    return first.deadline <= now
  }

  /// Empties the queue of a lost connection; returns the waiters.
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
