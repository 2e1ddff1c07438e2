import Contracts
import Testing

@testable import RiderService

@Suite("Rider: delivery transitions")
struct DeliveryTransitionsTests {
  /// The resulting status of each action in each status; missing entries are illegal.
  static let table: [DeliveryAction: [DeliveryStatus: DeliveryStatus]] = [
    .accept: [.requested: .assigned],
    .pickUp: [.assigned: .pickedUp],
    .complete: [.pickedUp: .delivered],
    .cancel: [.requested: .cancelled, .assigned: .cancelled],
    .writeOff: [.requested: .cancelled, .assigned: .cancelled, .pickedUp: .cancelled],
  ]

  @Test("Each action in each status has the result of the table, or is illegal", arguments: DeliveryStatus.allCases)
  func transitions(_ status: DeliveryStatus) throws {
    for action in DeliveryAction.allCases {
      guard let target = Self.table[action]?[status] else {
        #expect(throws: IllegalDeliveryTransition(status: status, action: action)) { try status.after(action) }
        continue
      }
      #expect(try status.after(action) == DeliveryTransition(status: target, event: target.event))
      #expect(action.target == target)
    }
  }

  @Test("The legal statuses of each action are those of the table", arguments: DeliveryAction.allCases)
  func sources(_ action: DeliveryAction) {
    #expect(Set(action.sources) == Set(Self.table[action]?.keys.map { $0 } ?? []))
  }

  @Test("Each status has its event")
  func events() {
    #expect(
      DeliveryStatus.allCases.map(\.event) == [
        .deliveryRequested, .deliveryAssigned, .deliveryPickedUp, .deliveryDelivered, .deliveryCancelled,
      ])
  }
}
