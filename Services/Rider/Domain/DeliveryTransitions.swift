import Contracts

/// What can be done with a delivery.
enum DeliveryAction: String, CaseIterable, Sendable {
  /// A rider takes on what was offered to him.
  case accept
  /// Its rider fetched the order from the shop.
  case pickUp
  /// Its rider handed the order over.
  case complete
  /// It is called off; what is under way already isn't.
  case cancel
  /// It is called off even under way: the order counts as lost.
  case writeOff
}

/// What an action makes of a delivery: where it stands then, and the event that tells so.
struct DeliveryTransition: Hashable, Sendable {
  let status: DeliveryStatus
  let event: EventType
}

/// An action that the delivery's state forbids.
struct IllegalDeliveryTransition: Error, Hashable {
  let status: DeliveryStatus
  let action: DeliveryAction
}

extension DeliveryStatus {
  /// The table of a delivery's life; the statements take their guards from it.
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

  /// The event that tells of a delivery that it came to this state.
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
  /// The states that it may be done in.
  var sources: [DeliveryStatus] {
    DeliveryStatus.allCases.filter { (try? $0.after(self)) != nil }
  }

  /// The state that it leads to, wherever it may be done.
  var target: DeliveryStatus {
    switch self {
    case .accept: .assigned
    case .pickUp: .pickedUp
    case .complete: .delivered
    case .cancel, .writeOff: .cancelled
    }
  }
}
