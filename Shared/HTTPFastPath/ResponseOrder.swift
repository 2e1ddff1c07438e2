import DequeModule

/// Keeps the responses of one connection in the order of its requests, although some are available at once, some later, and some
/// come from the framework.
///
/// A pure state machine. A request to the framework waits until all earlier ones have been responded to, and all later ones wait
/// for its response; fast requests run concurrently and their responses queue up behind the first missing one.
public struct ResponseOrder<Response> {
  /// Identifies one fast request of the connection.
  public struct Ticket: Hashable {
    fileprivate let number: Int
  }

  private enum Slot {
    case waiting
    case completed(Response)
  }

  private enum Downstream {
    case idle
    case requestAndResponse
    case request
    case response
  }

  /// How many fast requests may be outstanding before no more is read.
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

  /// How many fast requests are outstanding, or completed behind one that is.
  public var pendingFast: Int { slots.count }

  /// Whether nothing is outstanding.
  public var isIdle: Bool { downstream == .idle && slots.isEmpty }

  /// Whether the framework's current request has parts still to come.
  public var isPassingRequest: Bool { downstream == .requestAndResponse || downstream == .request }

  /// Adds a fast request to the order.
  public mutating func beginFast() -> Ticket {
    slots.append(.waiting)
    return Ticket(number: firstNumber + slots.count - 1)
  }

  /// Records a response.
  ///
  /// - Returns: the responses that can be written now, in order; none while an earlier one is missing.
  public mutating func complete(_ ticket: Ticket, _ response: Response) -> [Response] {
    let index = ticket.number - firstNumber
    guard slots.indices.contains(index) else { return [] }
    slots[index] = .completed(response)
    var ready: [Response] = []
    while case .completed(let response) = slots.first {
      slots.removeFirst()
      firstNumber += 1
      ready.append(response)
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
