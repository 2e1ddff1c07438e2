import Contracts
import Logging
import NIOPosix
import Redis
import TestSupport

/// The running system and those who use it.
struct EndToEnd: Sendable {
  let stack: ServiceStack

  var owner: RESTClient { RESTClient(stack.shop.url, principal: "owner:0197a6b2-0000-7000-8000-000000000001") }
  var `operator`: RESTClient { RESTClient(stack.shop.url, principal: "operator:0197a6b2-0000-7000-8000-000000000009") }
  /// Reads listings need no principal.
  var anybody: RESTClient { RESTClient(stack.listing.url) }

  /// Runs `body` with a stack of its own.
  static func run(_ body: (EndToEnd) async throws -> Void) async throws {
    let stack = try await ServiceStack.start()
    let result: Result<Void, any Error>
    do {
      result = .success(try await body(EndToEnd(stack: stack)))
    } catch {
      result = .failure(error)
    }
    try await stack.stop()
    try result.get()
  }

  static func body(name: String = "한강치킨") -> String {
    """
    {"name":"\(name)","category":"chicken","district":"gangnam","location":{"latitude":37.5,"longitude":127.03},\
    "address":"강남대로 1","minimumOrder":{"amount":15000,"currency":"KRW"},"deliveryFee":{"amount":3000,"currency":"KRW"},\
    "menu":[{"name":"후라이드","price":{"amount":18000,"currency":"KRW"}}]}
    """
  }

  func create(name: String = "한강치킨") async throws -> Identifier {
    try await owner.expect(201, "POST", "/shops", Self.body(name: name)).decode(Shop.self).id
  }

  /// Makes shops, some at a time.
  func create(count: Int) async throws -> [Identifier] {
    try await withThrowingTaskGroup(of: Identifier.self) { group in
      var shops: [Identifier] = []
      for index in 0..<count {
        if index >= 16, let shop = try await group.next() { shops.append(shop) }
        group.addTask { try await create(name: "가게 \(index)") }
      }
      return try await group.reduce(into: shops) { $0.append($1) }
    }
  }

  /// Waits until the listing shows this version of a shop.
  func seen(_ id: Identifier, version: Int64, within limit: Duration = .seconds(3)) async throws {
    try await eventually(within: limit, "version \(version) of \(id) in the listing") {
      try await listed(id) == version
    }
  }

  /// The version of a shop that the listing shows; `nil` if it shows none.
  func listed(_ id: Identifier) async throws -> Int64? {
    struct Versioned: Decodable { let version: Int64 }
    let answer = try await anybody.get("/listings/\(id)")
    return answer.status == 200 ? try answer.decode(Versioned.self).version : nil
  }

  /// The ids on a page.
  func list(_ path: String) async throws -> [Identifier] {
    struct Identified: Decodable { let id: Identifier }
    let path = path.utf8.map { $0 < 0x80 ? String(Unicode.Scalar($0)) : "%" + String($0, radix: 16, uppercase: true) }.joined()
    let answer = try await anybody.expect(200, "GET", path)
    return try answer.decode(Page<Identified>.self).items.map(\.id)
  }

  /// What is in the stream of shop's events.
  func entries() async throws -> [RedisStreamEntry] {
    try await EndToEnd.ask(stack.events) { try await $0.xrange("events:shop") }
  }

  /// Asks one of the two Redis servers something.
  static func ask<Answer: Sendable>(
    _ server: RedisServer, _ question: @escaping @Sendable (RedisClient) async throws -> Answer
  ) async throws -> Answer {
    let client = RedisClient(
      configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "tests"))
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.run() }
      defer { group.cancelAll() }
      return try await question(client)
    }
  }
}

extension RESTClient {
  /// Sends a request that must be answered with `status`.
  @discardableResult
  func expect(_ status: Int, _ method: String, _ path: String, _ body: String? = nil) async throws -> RESTAnswer {
    let answer = try await send(method, path, body)
    guard answer.status == status else {
      throw UnexpectedAnswer(description: "\(method) \(path): \(answer.status) \(answer.text)")
    }
    return answer
  }
}

struct UnexpectedAnswer: Error, CustomStringConvertible {
  let description: String
}
