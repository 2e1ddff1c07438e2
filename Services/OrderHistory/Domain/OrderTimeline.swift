import Contracts

/// Everything that happened to an order, its payment and its delivery, as tracking shows it.
struct OrderTimeline: Hashable, Sendable {
  /// A status that one of the three took on.
  struct Entry: Hashable, Sendable {
    let part: HistoryPart
    let version: Int64
    let status: String
    let at: Timestamp
  }

  /// In the order of time, and for each part in the order of its versions.
  let entries: [Entry]
  /// Whether nothing more can happen.
  let isOver: Bool

  init(_ view: OrderView) {
    entries = Self.merged(
      Self.entries(.order, view.order.timeline) + Self.entries(.payment, view.payment?.timeline ?? [])
        + Self.entries(.delivery, view.delivery?.timeline ?? []))
    isOver = view.isOver
  }

  /// What somebody who has seen `position` has not seen.
  func entries(after position: PartVersions) -> [Entry] {
    entries.filter { $0.version > position[$0.part] }
  }

  /// Whether there is anything to tell him: an entry, or the end.
  func hasNews(after position: PartVersions) -> Bool {
    isOver || entries.contains { $0.version > position[$0.part] }
  }

  private static func entries<Status: RawRepresentable<String>>(
    _ part: HistoryPart, _ timeline: [StatusChange<Status>]
  ) -> [Entry] {
    timeline.map { Entry(part: part, version: $0.version, status: $0.status.rawValue, at: $0.at) }
  }

  /// By time; a part whose clock went back keeps the order of its versions all the same.
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
  /// The order has come to an end, its money is where it belongs, and no rider is on the way.
  var isOver: Bool {
    guard order.status.isFinal, let payment else { return false }
    return payment.isSettled(order.status) && isDeliveryOver
  }

  /// A delivered order has a delivery, even if it has not been heard of yet. Another end may have come before there was one, which is then
  /// called off for good without ever having been.
  private var isDeliveryOver: Bool {
    guard let delivery else { return order.status != .delivered }
    switch delivery.status {
    case .delivered, .cancelled: return true
    case .requested, .assigned, .pickedUp: return false
    }
  }
}

extension Payment {
  /// Whether this is the last that is to be expected, when the order ended so.
  fileprivate func isSettled(_ end: OrderStatus) -> Bool {
    switch status {
    case .declined, .voided, .refunded: true
    case .captured: end == .delivered
    case .requested, .authorized: false
    }
  }
}
