import Contracts
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Telemetry
import TestSupport
import Testing
import Web

@testable import OrderService

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("GET /orders/{id}/saga")
struct SagaViewTests {
  private struct View: Decodable {
    struct Entry: Decodable, Equatable {
      let step: String
      let outcome: String
      let at: Timestamp
    }

    let orderId: Identifier
    let step: String
    let status: String
    let attempts: Int
    let deadline: Timestamp?
    let lastError: String?
    let reason: String?
    let history: [Entry]
    let version: Int64
  }

  private func get(
    _ order: Identifier, of fixture: SagaFixture, as principal: String, ifNoneMatch: String? = nil
  ) async throws -> TestResponse {
    let issuer = try await TokenIssuer.shared()
    let router = try Router.service(health: Health([]), openAPI: [], authenticator: issuer.verifier())
    SagaRoutes(store: PostgresSagaStore(postgres: fixture.orders.postgres), schedule: fixture.schedule).add(to: router)
    var headers: HTTPFields = [.authorization: try await issuer.authorization(for: principal)]
    headers[.ifNoneMatch] = ifNoneMatch
    return try await Application(router: router, logger: quietLogger).test(.router) { [headers] client in
      try await client.execute(uri: "/orders/\(order)/saga", method: .get, headers: headers)
    }
  }

  private func view(_ response: TestResponse) throws -> View {
    try JSONDecoder().decode(View.self, from: Data(response.body.readableBytesView))
  }

  @Test("It contains the step, the attempts, the last error, the estimated deadline and the history")
  func shows() async throws {
    try await SagaFixture.run { fixture in
      try await fixture.process { process in
        let order = try await fixture.order(at: .awaitShop, process)
        let waiting = try view(try await get(order.id, of: fixture, as: "customer:\(OrderFixture.customer)"))
        #expect(waiting.orderId == order.id && waiting.step == "awaitShop" && waiting.status == "running")
        #expect(waiting.lastError == nil && waiting.reason == nil && waiting.attempts == 0)
        let left = try #require(waiting.deadline).milliseconds(since: .now())
        #expect((570_000...600_000).contains(left))
        #expect(waiting.history.map(\.outcome) == ["authorized"])

        fixture.payments.faults.isDown = true
        try await fixture.decide(.reject(reason: "closed"), order, process)
        try await eventually("an error") {
          try view(try await get(order.id, of: fixture, as: "owner:\(OrderFixture.owner)")).lastError != nil
        }
        let stuck = try view(try await get(order.id, of: fixture, as: "operator:\(Identifier.sample(9))"))
        #expect(stuck.step == "void" && stuck.status == "compensating" && stuck.attempts > 0 && stuck.deadline == nil)
        #expect(stuck.lastError?.contains("payment") == true)
        fixture.payments.faults.isDown = false
        fixture.time.pass(.seconds(10))
        try await fixture.ends(order, .rejected, payment: .voided)

        let ended = try await get(order.id, of: fixture, as: "service:\(Identifier.sample(9))")
        #expect(try view(ended).status == "compensated")
        let tag = try #require(ended.headers[.eTag])
        #expect(
          try await get(order.id, of: fixture, as: "operator:\(Identifier.sample(9))", ifNoneMatch: tag).status == .notModified)
      }
    }
  }

  @Test("The saga of an order that the caller may not see is not found", arguments: ["customer", "owner", "rider"])
  func visibility(role: String) async throws {
    try await SagaFixture.run { fixture in
      let order = try await fixture.place(fixture.makeProcess())
      #expect(try await get(order.id, of: fixture, as: "\(role):\(Identifier.sample(77))").status == .notFound)
      #expect(try await get(.sample(5), of: fixture, as: "operator:\(Identifier.sample(9))").status == .notFound)
    }
  }

  @Test("The history is bounded and keeps the newest entries")
  func bounded() async throws {
    try await SagaFixture.run { fixture in
      let process = fixture.makeProcess()
      let order = try await fixture.place(process)
      for number in 1...60 {
        let change = SagaChange(step: .authorize, status: .running, due: 1_000_000, outcome: "\(number)")
        #expect(try await process.steps.store.update(change, of: order.id))
      }
      let shown = try view(try await get(order.id, of: fixture, as: "operator:\(Identifier.sample(9))"))
      #expect(shown.history.map(\.outcome) == (11...60).map { "\($0)" })
      #expect(shown.version == 61)
    }
  }
}
