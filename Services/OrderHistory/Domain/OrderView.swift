import Contracts

/// An order with its payment and its delivery; a part is `nil` until its first event was consumed.
struct OrderView: Hashable, Sendable {
  var order: Order
  var payment: Payment?
  var delivery: Delivery?

  /// The versions of its parts; 0 for those that are `nil`.
  var versions: PartVersions {
    PartVersions(order: order.version, payment: payment?.version ?? 0, delivery: delivery?.version ?? 0)
  }
}

/// The parts of an order's history. Each has its own owner service and its own versions.
enum HistoryPart: String, CaseIterable, Sendable {
  case order, payment, delivery
}

/// A version of each part; 0 is before the first.
struct PartVersions: Hashable, Sendable {
  var order: Int64 = 0
  var payment: Int64 = 0
  var delivery: Int64 = 0

  subscript(part: HistoryPart) -> Int64 {
    get {
      switch part {
      case .order: order
      case .payment: payment
      case .delivery: delivery
      }
    }
    set {
      switch part {
      case .order: order = newValue
      case .payment: payment = newValue
      case .delivery: delivery = newValue
      }
    }
  }
}

extension PartVersions: LosslessStringConvertible {
  /// `<order>.<payment>.<delivery>`, such as `3.2.0`.
  var description: String { "\(order).\(payment).\(delivery)" }

  /// Parses exactly the form of `description`.
  init?(_ description: String) {
    let numbers = description.split(separator: ".", omittingEmptySubsequences: false).map { Int64($0) }
    guard numbers.count == 3, let order = numbers[0], let payment = numbers[1], let delivery = numbers[2],
      order >= 0, payment >= 0, delivery >= 0
    else { return nil }
    self.init(order: order, payment: payment, delivery: delivery)
    guard self.description == description else { return nil }
  }
}
