import Contracts
import Testing

@testable import OrderService

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Compares the diagrams and the table of Docs/orders.md with the code.
@Suite("The diagrams of Docs/orders.md")
struct OrderDiagramTests {
  private let page: [Substring]

  init() throws {
    let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
    let bytes = try #require(FileManager.default.contents(atPath: "\(repository)/Docs/orders.md"))
    page = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
  }

  @Test("The order's diagram has exactly the transitions of the code")
  func order() {
    let actions: [OrderAction] = [
      .confirmPayment, .failPayment(reason: ""), .accept(preparationMinutes: 1), .reject(reason: ""), .cancel(reason: ""),
      .expire(reason: ""), .pickUp, .deliver,
    ]
    var transitions: Set<String> = []
    for status in OrderStatus.allCases {
      for action in actions {
        guard let event = try? OrderTransitions.event(for: action, on: status) else { continue }
        transitions.insert("\(status.rawValue) --> \(event.status.rawValue): \(action.name)")
      }
    }
    #expect(Set(diagrams[0].filter { !$0.contains("[*]") }) == transitions)
  }

  @Test("The saga's table has exactly the transitions of the code", arguments: SagaStep.allCases)
  func saga(_ step: SagaStep) {
    let rows = page.filter { $0.hasPrefix("| `") }.map(Self.quoted).filter { $0.first == step.rawValue }
    let documented = Set(rows.flatMap { $0.dropFirst() }.compactMap { SagaStep(rawValue: $0) })
    #expect(documented == Self.nextSteps(of: step))
  }

  @Test("The saga's diagram has transitions of the code only, and those by which each step is left and undone")
  func diagram() {
    let drawn = Set(diagrams[1].filter { !$0.contains("[*]") }.map { $0.prefix { $0 != ":" } })
    for step in SagaStep.allCases where step != .done {
      let next = SagaStep.allCases.filter { drawn.contains("\(step.rawValue) --> \($0.rawValue)") }
      #expect(Set(next).isSubset(of: Self.nextSteps(of: step)), "\(step)")
      #expect(next.contains(SagaPlan.of(step).compensation), "the compensation of \(step)")
    }
    #expect(drawn.count == diagrams[1].count - 2)
  }

  /// The lines with an arrow of each Mermaid diagram.
  private var diagrams: [[String]] {
    page.split { $0.hasPrefix("```") }.filter { $0.first == "stateDiagram-v2" }.map { lines in
      lines.filter { $0.contains("-->") }.map { String($0.drop { $0 == " " }) }
    }
  }

  /// The texts in backquotes of the row's first and last column.
  private static func quoted(_ row: Substring) -> [String] {
    let columns = row.split(separator: "|")
    return [columns.first, columns.last].compactMap { $0 }.flatMap { column in
      let parts = column.split(separator: "`", omittingEmptySubsequences: false)
      return stride(from: 1, to: parts.count, by: 2).map { String(parts[$0]) }
    }
  }

  /// The steps that any input leads to, in any state of the order and the payment.
  private static func nextSteps(of step: SagaStep) -> Set<SagaStep> {
    var steps: Set<SagaStep> = []
    for order in OrderStatus.allCases {
      for payment in [nil] + PaymentStatus.allCases.map({ $0 }) as [PaymentStatus?] {
        for input in SagaTableTests.inputs {
          var saga = CheckoutSaga(step: step, order: order, payment: payment)
          if case .move(let next, _, _) = saga.receive(input), next != step { steps.insert(next) }
        }
      }
    }
    return steps
  }
}
