import Contracts
import Logging
import NIOPosix
import Redis
import TestSupport

/// A running stack and its clients.
struct EndToEnd: Sendable {
  let stack: ServiceStack

  var owner: RESTClient { RESTClient(stack.shop.url, principal: "owner:0197a6b2-0000-7000-8000-000000000001") }
  var `operator`: RESTClient { RESTClient(stack.shop.url, principal: "operator:0197a6b2-0000-7000-8000-000000000009") }
  /// A client without credentials; listings are public.
  var anonymous: RESTClient { RESTClient(stack.listing.url) }

  /// Runs `body` with its own stack.
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

  /// Creates shops, 16 concurrently.
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
  func waitForListing(of id: Identifier, version: Int64, within limit: Duration = .seconds(3)) async throws {
    try await eventually(within: limit, "version \(version) of \(id) in the listing") {
      try await listed(id) == version
    }
  }

  /// The version of a shop in the listing; `nil` if the shop is not listed.
  func listed(_ id: Identifier) async throws -> Int64? {
    struct Versioned: Decodable { let version: Int64 }
    let response = try await anonymous.get("/listings/\(id)")
    return response.status == 200 ? try response.decode(Versioned.self).version : nil
  }

  /// The ids on a page.
  func list(_ path: String) async throws -> [Identifier] {
    struct Identified: Decodable { let id: Identifier }
    let path = path.utf8.map { $0 < 0x80 ? String(Unicode.Scalar($0)) : "%" + String($0, radix: 16, uppercase: true) }.joined()
    let response = try await anonymous.expect(200, "GET", path)
    return try response.decode(Page<Identified>.self).items.map(\.id)
  }

  /// The entries of the shop service's event stream.
  func entries() async throws -> [RedisStreamEntry] {
    try await EndToEnd.withRedis(stack.events) { try await $0.xrange("events:shop") }
  }

  /// Runs `body` with a client of one of the two Redis servers.
  static func withRedis<Result: Sendable>(
    _ server: RedisServer, _ body: @escaping @Sendable (RedisClient) async throws -> Result
  ) async throws -> Result {
    let client = RedisClient(
      configuration: server.configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "tests"))
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await client.run() }
      defer { group.cancelAll() }
      return try await body(client)
    }
  }
}
