import Auth
import Contracts
import Crypto
import Hummingbird
import NIOPosix
import ServiceClient
import TestSupport
import Testing

@Suite("A service's own token")
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

  @Test("Is fetched once for all who ask at the same time, and names the service")
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

  @Test("Is renewed before its end without anybody waiting")
  func renewal() async throws {
    let issuer = try await TokenIssuer.start()
    issuer.setLifetime(1)
    try await withCredentials(of: issuer) { credentials in
      let first = try await credentials.authorization()
      try await eventually("another token") { try await credentials.authorization() != first }
      #expect(issuer.tokenFetches == 2)
    }
  }

  @Test("Stays while identity is away, is asked for again when that is back")
  func identityAway() async throws {
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

  @Test("Is not given to who doesn't know the secret")
  func wrongSecret() async throws {
    let issuer = try await TokenIssuer.start()
    try await withCredentials(of: issuer, secret: "wrong") { credentials in
      await #expect(throws: (any Error).self) { try await credentials.authorization() }
    }
  }

  @Test("Is replaced when a peer refuses it, but not by every refusal")
  func refusal() async throws {
    let issuer = try await TokenIssuer.start()
    try await withCredentials(of: issuer) { credentials in
      let first = try #require(try await credentials.authorization())
      credentials.refuse(first)
      let second = try #require(try await credentials.authorization())
      #expect(second != first)
      credentials.refuse(first)
      #expect(try await credentials.authorization() == second)
    }
    try await withCredentials(of: issuer, pause: .seconds(600)) { credentials in
      let first = try #require(try await credentials.authorization())
      credentials.refuse(first)
      #expect(try await credentials.authorization() == first)
    }
  }

  @Test("Gets a caller through after identity has changed its keys under it")
  func keysChanged() async throws {
    let issuer = try await TokenIssuer.start()
    let quick = KeySet.Pace(interval: .milliseconds(20), shortest: .milliseconds(10))
    try await withCredentials(of: issuer) { credentials in
      try await ProtectedService.run(believing: issuer, pace: quick) { service in
        let client = ServiceClient(
          service: "peer", resolver: StaticResolver(["peer": ServiceAddress(service.url)!]), credentials: credentials,
          eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: quietLogger)
        try await running([client]) {
          #expect(try await client.get("/me").status == 200)
          issuer.publish(await TokenSigner(keyID: "new", privateKey: .init()))
          let old = try #require(try await credentials.authorization())
          try await eventually("the end of the old key") { try await service.ask(authorization: old).status == 401 }
          #expect(try await client.get("/me").status == 200)
          #expect(issuer.tokenFetches == 2)
        }
      }
    }
  }
}
