import Contracts
import LoadClient
import NIOCore
import NIOHTTP1

extension OrderRun {
  /// Fetches a listing of the district, sometimes a search, and the shop's page.
  mutating func browse() async throws {
    let listing = context.services.listing
    let path = "/listings?district=\(plan.shop.district.rawValue)&sort=rating&limit=20"
    _ = try await context.requests.send(.listing, from: intended, to: listing, .GET, path, as: customer, expecting: [200])
    if let search = plan.search {
      let path = "/search?q=\(search.percentEncoded)&limit=20"
      _ = try await context.requests.send(.search, from: pause(), to: listing, .GET, path, as: customer, expecting: [200])
    }
    _ = try await context.requests.send(
      .shopPage, from: pause(), to: listing, .GET, "/listings/\(plan.shop.id)", as: customer, expecting: [200, 304])
  }

  /// Places the order, perhaps twice, and registers the riders' reactions with the fleet.
  ///
  /// - Returns: the intended time of the request.
  mutating func place() async throws -> ContinuousClock.Instant {
    let placed = try await pause()
    let key = Identifier.v7(at: Timestamp(milliseconds: WallClock.milliseconds)).description
    let body = Bodies.order(plan)
    let run = self
    let response: RESTResponse
    if plan.repetition == .concurrent {
      async let second = run.send(body, key, from: placed)
      response = try await send(body, key, from: placed)
      try await compare(response, second, key, body)
    } else {
      response = try await send(body, key, from: placed)
    }
    guard let id = response.json["id"]?.string.flatMap({ Identifier($0) }) else {
      throw UnexpectedResultError(request: "POST /orders", problem: "201 without an id")
    }
    order = id
    context.fleet.expect(id, plan.scenario.firstOffer)
    write(response, id, key, body)
    if plan.repetition == .sequential {
      compare(response, try await send(body, key, from: pause()), key, body)
    }
    return placed
  }

  private func send(_ body: String, _ key: String, from placed: ContinuousClock.Instant) async throws -> RESTResponse {
    try await context.requests.send(
      .place, from: placed, to: context.services.order, .POST, "/orders", as: customer, body: body, key: key, expecting: [201])
  }

  private func compare(_ first: RESTResponse, _ second: RESTResponse, _ key: String, _ body: String) {
    let isSame = first.status == second.status && first.body == second.body
    context.journal.write(
      "repeat",
      """
      "path":"/orders","key":"\(key)","body":"\(JournalWriter.hash(body.utf8))","first":\(first.summary),\
      "second":\(second.summary),"same":\(isSame)
      """)
    if !isSame { measurements.violated("POST /orders with key \(key) had two responses: \(first.summary), \(second.summary)") }
  }

  private func write(_ response: RESTResponse, _ id: Identifier, _ key: String, _ body: String) {
    let total = response.json["total"]?["amount"]?.integer
    context.journal.write(
      "order",
      """
      "id":"\(id)","customerId":"\(customer.id)","shopId":"\(plan.shop.id)","key":"\(key)",\
      "body":"\(JournalWriter.hash(body.utf8))","total":\(total.json),"version":\(response.version.json),"way":"\(plan.scenario)"
      """)
  }
}

extension RESTResponse {
  /// The journal's members of a repeated request's response.
  fileprivate var summary: String {
    let id = json["id"]?.string.map { $0.quoted } ?? "null"
    return """
      {"status":\(status),"id":\(id),"version":\(version.json),"body":"\(JournalWriter.hash(body.readableBytesView))"}
      """
  }
}

extension Optional where Wrapped: Numeric & CustomStringConvertible {
  /// The number, or `null`.
  var json: String {
    map(\.description) ?? "null"
  }
}

extension String {
  /// Every byte as `%` and two hexadecimal digits.
  fileprivate var percentEncoded: String {
    utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }.joined()
  }
}
