import Contracts
import Testing

@testable import OrderService

@Suite("The transitions of an order")
struct OrderTransitionsTests {
  private static let actions: [OrderAction] = [
    .confirmPayment, .failPayment(reason: "r"), .accept(preparationMinutes: 20), .reject(reason: "r"), .cancel(reason: "r"),
    .expire(reason: "r"), .pickUp, .deliver,
  ]

  /// The status after each action; actions that are not listed are illegal.
  private static let graph: [OrderStatus: [String: OrderStatus]] = [
    .placed: ["confirmPayment": .paid, "failPayment": .paymentFailed, "cancel": .cancelled, "expire": .expired],
    .paid: ["confirmPayment": .paid, "accept": .accepted, "reject": .rejected, "cancel": .cancelled, "expire": .expired],
    .accepted: ["accept": .accepted, "pickUp": .pickedUp, "expire": .expired, "failPayment": .paymentFailed],
    .pickedUp: ["pickUp": .pickedUp, "deliver": .delivered, "expire": .expired],
    .delivered: ["deliver": .delivered],
    .paymentFailed: ["failPayment": .paymentFailed],
    .rejected: ["reject": .rejected],
    .cancelled: ["cancel": .cancelled],
    .expired: ["expire": .expired],
  ]

  @Test(
    "Each action in each status causes the graph's transition, changes nothing, or is rejected", arguments: OrderStatus.allCases)
  func table(_ status: OrderStatus) throws {
    for action in Self.actions {
      switch Self.graph[status]?[action.name] {
      case status:
        #expect(try OrderTransitions.event(for: action, on: status) == nil, "\(action)")
      case let next?:
        #expect(try OrderTransitions.event(for: action, on: status)?.status == next, "\(action)")
      case nil:
        #expect(throws: OrderError.illegalTransition(status, action)) { try OrderTransitions.event(for: action, on: status) }
      }
    }
  }

  @Test("A final status has no transitions", arguments: OrderStatus.allCases.filter(\.isFinal))
  func ends(_ status: OrderStatus) {
    for action in Self.actions {
      #expect((try? OrderTransitions.event(for: action, on: status)) == nil, "\(action)")
    }
  }

  @Test("An event contains the action's data")
  func details() throws {
    #expect(
      try OrderTransitions.event(for: .accept(preparationMinutes: 25), on: .paid) == .accepted(preparationMinutes: 25))
    #expect(try OrderTransitions.event(for: .reject(reason: "재료 소진"), on: .paid) == .rejected(reason: "재료 소진"))
    #expect(try OrderTransitions.event(for: .expire(reason: "no rider"), on: .accepted) == .expired(reason: "no rider"))
  }

  @Test("The event types are those of the contract")
  func names() {
    let types = OrderStatus.allCases.map { EventType(order: $0).rawValue }
    #expect(types == OrderStatus.allCases.map { "order.\($0.rawValue)" })
  }
}
