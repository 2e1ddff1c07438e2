import Contracts

/// The status changes of an order, its payment and its delivery, as tracking shows them.
struct OrderTimeline: Hashable, Sendable {
  /// A status change of one of the three.
  struct Entry: Hashable, Sendable {
    let part: HistoryPart
    let version: Int64
    let status: String
    let at: Timestamp
  }

  /// In chronological order, and for each part in version order.
  let entries: [Entry]
  /// Whether no more changes can follow.
  let isComplete: Bool

  init(_ view: OrderView) {
    entries = Self.merged(
      Self.entries(.order, view.order.timeline) + Self.entries(.payment, view.payment?.timeline ?? [])
        + Self.entries(.delivery, view.delivery?.timeline ?? []))
    isComplete = view.isComplete
  }

  /// The entries newer than `position`.
  func entries(after position: PartVersions) -> [Entry] {
    entries.filter { $0.version > position[$0.part] }
  }

  /// Whether a stream at `position` has something to send: an entry, or its end.
  func hasUpdate(after position: PartVersions) -> Bool {
    isComplete || entries.contains { $0.version > position[$0.part] }
  }

  private static func entries<Status: RawRepresentable<String>>(
    _ part: HistoryPart, _ timeline: [StatusChange<Status>]
  ) -> [Entry] {
    timeline.map { Entry(part: part, version: $0.version, status: $0.status.rawValue, at: $0.at) }
  }

  /// Merges by time. The entries of one part stay in version order even if its owner's clock went back.
  private static func merged(_ entries: [Entry]) -> [Entry] {
    var queues = HistoryPart.allCases.map { part in
      entries.filter { $0.part == part }.sorted { $0.version < $1.version }[...]
    }
    var merged: [Entry] = []
    merged.reserveCapacity(entries.count)
    while let next = queues.indices.filter({ !queues[$0].isEmpty }).min(by: { queues[$0].first!.at < queues[$1].first!.at }) {
      merged.append(queues[next].removeFirst())
    }
    return merged
  }
}

extension OrderView {
  /// Whether the order is final, its payment settled, and its delivery finished.
  fileprivate var isComplete: Bool {
    guard order.status.isFinal, let payment else { return false }
    return payment.isSettled(order.status) && isDeliveryComplete
  }

  /// A delivered order has a delivery, even if its events have not been consumed yet. An order that ended otherwise may never
  /// have had one.
  private var isDeliveryComplete: Bool {
    guard let delivery else { return order.status != .delivered }
    switch delivery.status {
    case .delivered, .cancelled: return true
    case .requested, .assigned, .pickedUp: return false
    }
  }
}

extension Payment {
  /// Whether the payment is final, given the order's final status.
  fileprivate func isSettled(_ final: OrderStatus) -> Bool {
    switch status {
    case .declined, .voided, .refunded: true
    case .captured: final == .delivered
    case .requested, .authorized: false
    }
  }
}
