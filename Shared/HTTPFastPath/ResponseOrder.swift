import DequeModule

/// Keeps the answers of one connection in the order of its requests, although some are answered at once, some when a question has
/// been answered, and some by the framework behind.
///
/// A pure state machine. A request that goes to the framework waits until everything before it has been answered, and everything after it
/// waits until it has been answered; fast requests run side by side and their answers queue up behind the first that is missing.
public struct ResponseOrder<Answer> {
  /// Names one fast request of the connection.
  public struct Ticket: Hashable {
    fileprivate let number: Int
  }

  private enum Slot {
    case waiting
    case answered(Answer)
  }

  private enum Downstream {
    case idle
    case requestAndResponse
    case request
    case response
  }

  /// How many fast requests may be unanswered before no more is read.
  private let limit: Int
  private var slots: Deque<Slot> = []
  private var firstNumber = 0
  private var downstream = Downstream.idle

  public init(limit: Int = 64) {
    self.limit = limit
  }

  /// Whether a fast request may begin now; if not, it is held back with everything after it.
  public var admitsFast: Bool { downstream == .idle && slots.count < limit }

  /// Whether a request may go to the framework now.
  public var admitsDownstream: Bool { downstream == .idle && slots.isEmpty }

  /// How many fast requests are unanswered, or answered and behind one that is not.
  public var pendingFast: Int { slots.count }

  /// Whether nothing is unanswered.
  public var isIdle: Bool { downstream == .idle && slots.isEmpty }

  /// Whether the request that went to the framework still has parts to come.
  public var isPassingRequest: Bool { downstream == .requestAndResponse || downstream == .request }

  /// Takes a place in the order for a fast request.
  public mutating func beginFast() -> Ticket {
    slots.append(.waiting)
    return Ticket(number: firstNumber + slots.count - 1)
  }

  /// Notes an answer.
  ///
  /// - Returns: the answers that can be written now, in order; none while an earlier one is missing.
  public mutating func answer(_ ticket: Ticket, _ answer: Answer) -> [Answer] {
    let index = ticket.number - firstNumber
    guard slots.indices.contains(index) else { return [] }
    slots[index] = .answered(answer)
    var ready: [Answer] = []
    while case .answered(let answer) = slots.first {
      slots.removeFirst()
      firstNumber += 1
      ready.append(answer)
    }
    return ready
  }

  public mutating func beginDownstream() {
    downstream = .requestAndResponse
  }

  public mutating func endDownstreamRequest() {
    switch downstream {
    case .requestAndResponse: downstream = .response
    case .request: downstream = .idle
    case .idle, .response: break
    }
  }

  public mutating func endDownstreamResponse() {
    switch downstream {
    case .requestAndResponse: downstream = .request
    case .response: downstream = .idle
    case .idle, .request: break
    }
  }
}
