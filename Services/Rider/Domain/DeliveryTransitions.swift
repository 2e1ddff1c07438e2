import Contracts

/// The commands that change a delivery's status.
enum DeliveryAction: String, CaseIterable, Sendable {
  /// A rider accepts the offer.
  case accept
  /// The rider picked the order up at the shop.
  case pickUp
  /// The rider handed the order to the customer.
  case complete
  /// Cancels the delivery; illegal once it is picked up.
  case cancel
  /// Cancels the delivery even if it is picked up: the order counts as lost.
  case writeOff
}

/// The result of an action: the new status, and the event that announces it.
struct DeliveryTransition: Hashable, Sendable {
  let status: DeliveryStatus
  let event: EventType
}

/// An action that is not allowed in the delivery's status.
struct IllegalDeliveryTransition: Error, Hashable {
  let status: DeliveryStatus
  let action: DeliveryAction
}

extension DeliveryStatus {
  /// The transition table; the guards of the SQL statements are derived from it.
  func after(_ action: DeliveryAction) throws(IllegalDeliveryTransition) -> DeliveryTransition {
    switch (self, action) {
    case (.requested, .accept), (.assigned, .pickUp), (.pickedUp, .complete),
      (.requested, .cancel), (.assigned, .cancel),
      (.requested, .writeOff), (.assigned, .writeOff), (.pickedUp, .writeOff):
      DeliveryTransition(status: action.target, event: action.target.event)
    case (.requested, .pickUp), (.requested, .complete),
      (.assigned, .accept), (.assigned, .complete),
      (.pickedUp, .accept), (.pickedUp, .pickUp), (.pickedUp, .cancel),
      (.delivered, .accept), (.delivered, .pickUp), (.delivered, .complete), (.delivered, .cancel), (.delivered, .writeOff),
      (.cancelled, .accept), (.cancelled, .pickUp), (.cancelled, .complete), (.cancelled, .cancel), (.cancelled, .writeOff):
      throw IllegalDeliveryTransition(status: self, action: action)
    }
  }

  /// The event that announces this status.
  var event: EventType {
    switch self {
    case .requested: .deliveryRequested
    case .assigned: .deliveryAssigned
    case .pickedUp: .deliveryPickedUp
    case .delivered: .deliveryDelivered
    case .cancelled: .deliveryCancelled
    }
  }
}

extension DeliveryAction {
  /// The statuses in which the action is legal.
  var sources: [DeliveryStatus] {
    DeliveryStatus.allCases.filter { (try? $0.after(self)) != nil }
  }

  /// The status after the action; the same from each legal status.
  var target: DeliveryStatus {
    switch self {
    case .accept: .assigned
    case .pickUp: .pickedUp
    case .complete: .delivered
    case .cancel, .writeOff: .cancelled
    }
  }
}
