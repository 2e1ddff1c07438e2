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
    _ order: Identifier, of bench: SagaBench, as principal: String, ifNoneMatch: String? = nil
  ) async throws -> TestResponse {
    let issuer = try await TokenIssuer.shared()
    let router = Router.service(health: Health([]), openAPI: [], authenticator: issuer.verifier())
    SagaRoutes(postgres: bench.bench.postgres, schedule: bench.schedule).add(to: router)
    var headers: HTTPFields = [.authorization: try await issuer.authorization(for: principal)]
    headers[.ifNoneMatch] = ifNoneMatch
    return try await Application(router: router, logger: quietLogger).test(.router) { [headers] client in
      try await client.execute(uri: "/orders/\(order)/saga", method: .get, headers: headers)
    }
  }

  private func view(_ response: TestResponse) throws -> View {
    try JSONDecoder().decode(View.self, from: Data(response.body.readableBytesView))
  }

  @Test("It shows the step, the tries, what went wrong, the estimated deadline and how it came there")
  func shows() async throws {
    try await SagaBench.run { bench in
      try await bench.process { process in
        let order = try await bench.order(at: .awaitShop, process)
        let waiting = try view(try await get(order.id, of: bench, as: "customer:\(OrderBench.customer)"))
        #expect(waiting.orderId == order.id && waiting.step == "awaitShop" && waiting.status == "running")
        #expect(waiting.lastError == nil && waiting.reason == nil && waiting.attempts == 0)
        let left = try #require(waiting.deadline).milliseconds(since: .now())
        #expect((570_000...600_000).contains(left))
        #expect(waiting.history.map(\.outcome) == ["authorized"])

        bench.payments.faults.isDown = true
        try await bench.decide(.reject(reason: "closed"), order, process)
        try await eventually("an error") {
          try view(try await get(order.id, of: bench, as: "owner:\(OrderBench.owner)")).lastError != nil
        }
        let stuck = try view(try await get(order.id, of: bench, as: "operator:\(Identifier.sample(9))"))
        #expect(stuck.step == "void" && stuck.status == "compensating" && stuck.attempts > 0 && stuck.deadline == nil)
        #expect(stuck.lastError?.contains("payment") == true)
        bench.payments.faults.isDown = false
        bench.time.pass(.seconds(10))
        try await bench.ends(order, .rejected, payment: .voided)

        let ended = try await get(order.id, of: bench, as: "service:\(Identifier.sample(9))")
        #expect(try view(ended).status == "compensated")
        let tag = try #require(ended.headers[.eTag])
        #expect(
          try await get(order.id, of: bench, as: "operator:\(Identifier.sample(9))", ifNoneMatch: tag).status == .notModified)
      }
    }
  }

  @Test("Nobody sees the saga of an order that he may not see", arguments: ["customer", "owner", "rider"])
  func visibility(role: String) async throws {
    try await SagaBench.run { bench in
      let order = try await bench.place(bench.makeProcess())
      #expect(try await get(order.id, of: bench, as: "\(role):\(Identifier.sample(77))").status == .notFound)
      #expect(try await get(.sample(5), of: bench, as: "operator:\(Identifier.sample(9))").status == .notFound)
    }
  }

  @Test("The history is bounded, and keeps the newest")
  func bounded() async throws {
    try await SagaBench.run { bench in
      let process = bench.makeProcess()
      let order = try await bench.place(process)
      for number in 1...60 {
        let change = SagaChange(step: .authorize, status: .running, due: 1_000_000, outcome: "\(number)")
        #expect(try await process.steps.store.write(change, order: nil, of: order.id))
      }
      let shown = try view(try await get(order.id, of: bench, as: "operator:\(Identifier.sample(9))"))
      #expect(shown.history.map(\.outcome) == (11...60).map { "\($0)" })
      #expect(shown.version == 61)
    }
  }
}
