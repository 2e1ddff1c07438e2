import Contracts
import Telemetry
import TestSupport
import Testing
import Yams

@testable import PaymentService

@Suite("The OpenAPI document of payment")
struct OpenAPITests {
  private func document() throws -> Node {
    try .openAPI(own: PackageResources.openapi_yaml)
  }

  private func strings(_ node: Node?) -> [String] {
    node?.sequence?.compactMap(\.string) ?? []
  }

  @Test("The documented statuses, operations, accounts and movements are those of the code")
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

  @Test("It describes exactly the routes of the service, and is valid")
  func routes() async throws {
    let api = try await ServedAPI("payment", settings: PaymentSettings.all, build: buildPayment)
    #expect(api.described == api.routes)
    #expect(api.violations == [])
  }

  @Test("A payment, an account and a transaction have exactly the documented members")
  func members() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    let schemas = try document()["components"]?["schemas"]
    for (path, schema) in [
      ("/payments/\(draft.id)", "Payment"), ("/ledger/accounts", "Account"),
      ("/ledger/transactions?paymentId=\(draft.id)", "Transaction"), ("/payments?orderId=\(draft.orderId)", "PaymentBatch"),
    ] {
      let response = try #require(try Yams.compose(yaml: try await service.api.get(path).text))
      let returned = schema.hasPrefix("Payment") ? response : try #require(response["items"]?.sequence?.first)
      let documented = schemas?[schema]?["properties"]?.mapping?.keys.compactMap(\.string) ?? []
      #expect(returned.mapping?.keys.compactMap(\.string) == documented)
      #expect(strings(schemas?[schema]?["required"]) == documented)
    }
  }

  @Test("Every documented operation exists and responds with a documented status")
  func operations() async throws {
    let service = try await PaymentUnderTest.shared()
    let draft = try await service.authorized()
    for (path, item) in try #require(try document()["paths"]?.mapping) {
      let concrete = try #require(path.string).replacing("{id}", with: "\(draft.id)")
      for (method, operation) in try #require(item.mapping) where ["get", "post"].contains(method.string) {
        let name = try #require(method.string).uppercased()
        let statuses = operation["responses"]?.mapping?.keys.compactMap(\.string) ?? []
        for principal in [PaymentUnderTest.order, PaymentUnderTest.operator, "customer:\(Identifier.v7(at: .now()))", nil] {
          let api = service.api.acting(as: principal)
          let response = try await api.send(name, concrete, name == "POST" ? "{}" : nil)
          #expect(
            statuses.contains("\(response.status)"), "\(name) \(concrete) as \(principal ?? "anonymous"): \(response.status)")
          #expect(response.code != "not_found" && response.status != 405)
        }
      }
    }
  }
}
