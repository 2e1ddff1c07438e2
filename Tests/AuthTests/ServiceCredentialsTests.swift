import Auth
import Contracts
import Crypto
import Hummingbird
import NIOPosix
import ServiceClient
import TestSupport
import Testing

@Suite("A service's own access token")
struct ServiceCredentialsTests {
  private func withCredentials(
    of issuer: TokenIssuer, secret: String = TokenIssuer.clientSecret, pause: Duration = .zero,
    _ body: @escaping @Sendable (ServiceCredentials) async throws -> Void
  ) async throws {
    let credentials = ServiceCredentials(
      url: "\(issuer.url)/token", client: "order-history", secret: secret, pause: pause,
      eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
      logger: quietLogger)
    try await running([credentials]) { try await body(credentials) }
  }

  @Test("Concurrent callers share one fetch, and the token names the service")
  func singleFlight() async throws {
    let issuer = try await TokenIssuer.start()
    try await withCredentials(of: issuer) { credentials in
      let all = try await withThrowingTaskGroup(of: String?.self) { group in
        for _ in 0..<50 { group.addTask { try await credentials.authorization() } }
        return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
      }
      #expect(all.count == 1 && issuer.tokenFetches == 1)
      let authorization = try #require(all.first ?? nil)
      let principal = try await issuer.verifier().verify(String(authorization.dropFirst("Bearer ".count)))
      #expect(principal.role == .service && principal.client == "order-history")
    }
  }

  @Test("It is renewed before it expires, without callers waiting")
  func renewal() async throws {
    let issuer = try await TokenIssuer.start()
    issuer.setLifetime(1)
    try await withCredentials(of: issuer) { credentials in
      let first = try await credentials.authorization()
      try await eventually("another token") { try await credentials.authorization() != first }
      #expect(issuer.tokenFetches == 2)
    }
  }

  @Test("It is kept while identity is unavailable, and a missing one is fetched after its return")
  func identityUnavailable() async throws {
    let issuer = try await TokenIssuer.start()
    issuer.setAway(true)
    try await withCredentials(of: issuer) { credentials in
      await #expect(throws: (any Error).self) { try await credentials.authorization() }
      issuer.setAway(false)
      try await eventually("a token") { try await credentials.authorization() != nil }
      let token = try await credentials.authorization()
      issuer.setAway(true)
      #expect(try await credentials.authorization() == token)
    }
  }

  @Test("A wrong client secret yields no token")
  func wrongSecret() async throws {
    let issuer = try await TokenIssuer.start()
    try await withCredentials(of: issuer, secret: "wrong") { credentials in
      await #expect(throws: (any Error).self) { try await credentials.authorization() }
    }
  }

  @Test("It is replaced when a peer rejects it, but at a limited rate")
  func refusal() async throws {
    let issuer = try await TokenIssuer.start()
    try await withCredentials(of: issuer) { credentials in
      let first = try #require(try await credentials.authorization())
      credentials.invalidate(first)
      let second = try #require(try await credentials.authorization())
      #expect(second != first)
      credentials.invalidate(first)
      #expect(try await credentials.authorization() == second)
    }
    try await withCredentials(of: issuer, pause: .seconds(600)) { credentials in
      let first = try #require(try await credentials.authorization())
      credentials.invalidate(first)
      #expect(try await credentials.authorization() == first)
    }
  }

  @Test("Calls succeed after identity has replaced its keys")
  func keysChanged() async throws {
    let issuer = try await TokenIssuer.start()
    let quick = KeySet.Pace(interval: .milliseconds(20), shortest: .milliseconds(10))
    try await withCredentials(of: issuer) { credentials in
      try await ProtectedService.run(trusting: issuer, pace: quick) { service in
        let client = ServiceClient(
          service: "peer", resolver: StaticResolver(["peer": ServiceAddress(service.url)!]), credentials: credentials,
          eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
        try await running([client]) {
          #expect(try await client.get("/me").status == 200)
          issuer.publish(await TokenSigner(keyID: "new", privateKey: .init()))
          let old = try #require(try await credentials.authorization())
          try await eventually("the end of the old key") { try await service.get(authorization: old).status == 401 }
          #expect(try await client.get("/me").status == 200)
          #expect(issuer.tokenFetches == 2)
        }
      }
    }
  }
}
