import AsyncHTTPClient
import Contracts
import HTTPTypes
import Hummingbird
import NIOPosix
import Redis
import ServiceClient
import TestSupport
import Testing
import Web
import Yams

@testable import GatewayService

@Suite("The OpenAPI document")
struct OpenAPITests {
  private func document() throws -> Node {
    try #require(try Yams.compose(yaml: String(decoding: PackageResources.openapi_yaml, as: UTF8.self)))
  }

  @Test("It describes exactly the gateway's own routes")
  func routes() async throws {
    let verifier = try await TokenIssuer.shared().verifier()
    let group = MultiThreadedEventLoopGroup.singleton
    let gateway = Gateway(
      .testing, resolver: StaticResolver([:]), services: [],
      redis: RedisClient(configuration: RedisConfiguration(port: 1), eventLoopGroup: group, logger: quietLogger),
      authenticator: verifier, eventLoopGroup: group, logger: quietLogger)
    let router = Router.service(health: Health(), openAPI: [], authenticator: verifier) { gateway.addRoutes(to: $0) }
    let routes = router.operations.filter { !$0.hasSuffix("/**") }
    let described = try document().operations
    let runtime: Set = [
      "get /admin/configuration", "put /admin/configuration/{key}", "delete /admin/configuration/{key}",
    ]
    #expect(described == routes.union(runtime))
    try await gateway.http.shutdown()
  }

  @Test("It lists all districts")
  func districts() throws {
    let listed = try document()["components"]?["schemas"]?["District"]?["enum"]?.sequence?.compactMap(\.string)
    #expect(listed == District.allCases.map(\.rawValue))
  }
}
