import Contracts
import Telemetry
import TestSupport
import Testing
import Yams

@testable import PaymentService

@Suite("The OpenAPI document of payment")
struct OpenAPITests {
  private func document() throws -> Node {
    try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  @Test("It lists the statuses, operations, accounts and movements that there are")
  func enumerations() throws {
    let schemas = try document()["components"]?["schemas"]
    #expect(strings(schemas?["PaymentStatus"]?["enum"]) == PaymentStatus.allCases.map(\.rawValue))
    #expect(strings(schemas?["PaymentOperation"]?["enum"]) == PaymentOperation.allCases.map(\.rawValue))
    #expect(strings(schemas?["AccountName"]?["enum"]) == LedgerAccount.allCases.map(\.rawValue))
    let kinds = schemas?["Transaction"]?["properties"]?["kind"]?["enum"]
    #expect(Set(strings(kinds)) == Set(Movement.Kind.allCases.map(\.rawValue)))
    let bounds = schemas?["Amount"]?["properties"]?["amount"]
    #expect(bounds?["minimum"]?.int == Int(PaymentBounds.amount.lowerBound))
    #expect(bounds?["maximum"]?.int == Int(PaymentBounds.amount.upperBound))
  }

  @Test("A payment, an account and a transaction have exactly the members that it describes")
  func members() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    let schemas = try document()["components"]?["schemas"]
    for (path, schema) in [
      ("/payments/\(wanted.id)", "Payment"), ("/ledger/accounts", "Account"),
      ("/ledger/transactions?paymentId=\(wanted.id)", "Transaction"), ("/payments?orderId=\(wanted.orderId)", "PaymentBatch"),
    ] {
      let answer = try #require(try Yams.compose(yaml: try await under.api.get(path).text))
      let shown = schema.hasPrefix("Payment") ? answer : try #require(answer["items"]?.sequence?.first)
      let described = schemas?[schema]?["properties"]?.mapping?.keys.compactMap(\.string) ?? []
      #expect(shown.mapping?.keys.compactMap(\.string) == described)
      #expect(strings(schemas?[schema]?["required"]) == described)
    }
  }

  @Test("Every operation that it describes is there, and each answers with a status that it lists")
  func operations() async throws {
    let under = try await PaymentUnderTest.shared()
    let wanted = try await under.authorized()
    for (path, item) in try #require(try document()["paths"]?.mapping) {
      let concrete = try #require(path.string).replacing("{id}", with: "\(wanted.id)")
      for (method, operation) in try #require(item.mapping) where ["get", "post"].contains(method.string) {
        let name = try #require(method.string).uppercased()
        let listed = operation["responses"]?.mapping?.keys.compactMap(\.string) ?? []
        for principal in [PaymentUnderTest.order, PaymentUnderTest.operator, "customer:\(Identifier.v7(at: .now()))", nil] {
          let api = under.api.acting(as: principal)
          let answer = try await api.send(name, concrete, name == "POST" ? "{}" : nil)
          #expect(listed.contains("\(answer.status)"), "\(name) \(concrete) as \(principal ?? "nobody"): \(answer.status)")
          #expect(answer.code != "not_found" && answer.status != 405)
        }
      }
    }
  }
}
