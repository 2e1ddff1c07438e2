import Contracts
import TestSupport
import Testing

@Suite("Fault injection", .serialized)
struct FaultInjectionTests {
  @Test("tok_timeout is approved without a response; a retry gets the response")
  func timeout() async throws {
    let provider = try await ProviderUnderTest.shared()
    let (key, reference) = (Identifier.fresh().description, Identifier.fresh().description)
    let order = ProviderUnderTest.order(reference, token: "tok_timeout")
    await #expect(throws: (any Error).self) {
      try await provider.post("/authorizations", order, key: key, within: .seconds(1))
    }
    #expect(try await provider.found(reference)?.status == "approved")
    let retry = try await provider.post("/authorizations", order, key: key)
    #expect(retry.status == 201)
    #expect(retry.header("Idempotency-Replayed") == "true")
    #expect(try await provider.sql("SELECT count(*) FROM webhooks WHERE reference = '\(reference)'") == "1")
  }

  @Test("A request that is retried until it succeeds has one effect, at an error rate of 0.5")
  func errors() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_ERROR_RATE": "0.5", "BEHAVIOUR_SEED": "7"])
    let failures = try await simultaneously(40) { _ in
      let (key, reference) = (Identifier.fresh().description, Identifier.fresh().description)
      for failures in 0..<50 {
        let response = try await provider.post("/authorizations", ProviderUnderTest.order(reference), key: key)
        if response.status == 201 { return failures }
        #expect(response.status == 503)
        #expect(response.code == "network_error")
      }
      return 50
    }
    #expect(failures.allSatisfy { $0 < 50 })
    #expect(failures.contains { $0 > 0 })
    #expect(try await provider.sql("SELECT count(*), count(DISTINCT reference) FROM authorizations") == "40|40")
    #expect(try await provider.sql("SELECT count(*) FROM webhooks") == "40")
    try await provider.process.stop()
  }

  @Test("At an error rate of 1 about half of the calls have had their effect")
  func beforeAndAfter() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_ERROR_RATE": "1"])
    let responses = try await simultaneously(40) { _ in
      try await provider.post("/authorizations", ProviderUnderTest.order(Identifier.fresh().description)).status
    }
    #expect(responses.allSatisfy { $0 == 503 })
    let effects = Int(try await provider.sql("SELECT count(*) FROM authorizations")) ?? 0
    #expect((8...32).contains(effects))
    // No faults are injected into the administration API.
    #expect(try await provider.setFaults(#"{"errorRate":0}"#).status == 200)
    #expect(try await provider.authorize().status == "approved")
    try await provider.process.stop()
  }

  @Test("Calls that hang have had their effect, hold no database connection, and end with their client or the service")
  func hangs() async throws {
    let provider = try await ProviderUnderTest.start(["POSTGRES_PIPELINES": "1", "POSTGRES_LEASES": "1"])
    #expect(try await provider.setFaults(#"{"hangRate":1}"#).status == 200)
    let references = (0..<5).map { _ in Identifier.fresh().description }
    let hanging = references.map { reference in
      Task { try await provider.post("/authorizations", ProviderUnderTest.order(reference), within: .seconds(20)) }
    }
    try await eventually("the effects") { try await provider.sql("SELECT count(*) FROM authorizations") == "5" }
    #expect(try await provider.setFaults(#"{"hangRate":0}"#).status == 200)
    #expect(try await provider.authorize().status == "approved")

    hanging[0].cancel()
    try await eventually("the end of the cancelled call") { try await provider.callsInFlight() == 5 }

    let stopping = ContinuousClock.now
    #expect(try await provider.process.stop() == .status(0))
    #expect(ContinuousClock.now - stopping < .seconds(5))
    for call in hanging.dropFirst() {
      // A client that is still connected gets 504.
      #expect(await (try? call.value.status) ?? 504 == 504)
    }
  }

  @Test("An authorization that was committed before a crash is stored, and a retry gets its response")
  func crash() async throws {
    let provider = try await ProviderUnderTest.start(["FAILPOINT": "afterCommit"])
    let (key, reference) = (Identifier.fresh().description, Identifier.fresh().description)
    let order = ProviderUnderTest.order(reference)
    await #expect(throws: (any Error).self) { try await provider.post("/authorizations", order, key: key) }
    try await eventually("the crash") { !provider.process.isRunning }
    try await provider.process.start()
    #expect(try await provider.found(reference)?.status == "approved")
    let retry = try await provider.post("/authorizations", order, key: key)
    #expect(retry.status == 201)
    #expect(retry.header("Idempotency-Replayed") == "true")
    #expect(try await provider.sql("SELECT count(*) FROM webhooks") == "1")
    try await provider.process.stop()
  }

  @Test("A delay applies to every call")
  func delays() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_DELAY": "300"])
    let start = ContinuousClock.now
    #expect(try await provider.authorize().status == "approved")
    #expect(ContinuousClock.now - start >= .milliseconds(300))
    try await provider.process.stop()
  }

  @Test("The fault profile can be read and changed in part")
  func administration() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_SEED": "3", "BEHAVIOUR_WEBHOOKS": "false"])
    struct ProfileView: Decodable, Equatable {
      var errorRate: Double
      var hangRate: Double
      var delayMilliseconds: Int
      var webhooks: Bool
      var seed: Int
    }
    var expected = ProfileView(errorRate: 0, hangRate: 0, delayMilliseconds: 0, webhooks: false, seed: 3)
    #expect(try await provider.get("/admin/behaviour").decode(ProfileView.self) == expected)
    expected.errorRate = 0.25
    expected.delayMilliseconds = 1
    let response = try await provider.setFaults(#"{"errorRate":0.25,"delayMilliseconds":1}"#)
    #expect(try response.decode(ProfileView.self) == expected)
    for invalid in [
      #"{"errorRate":1.1}"#, #"{"hangRate":-0.1}"#, #"{"hangRate":0.8}"#, #"{"delayMilliseconds":60001}"#, #"{"seed":-1}"#,
      #"{"colour":"red"}"#,
    ] {
      #expect(try await provider.setFaults(invalid).status == 422, "\(invalid)")
    }
    #expect(try await provider.get("/admin/behaviour").decode(ProfileView.self) == expected)
    try await provider.process.stop()
  }
}

extension ProviderUnderTest {
  /// The number of calls in progress, except for the call that reads it.
  fileprivate func callsInFlight() async throws -> Int {
    let metrics = try await RESTClient(process.url).get("/metrics").text
    let line = metrics.split(separator: "\n").first { $0.hasPrefix("http_server_requests_in_flight") }
    return Int(line?.split(separator: " ").last.flatMap { Double($0) } ?? -1)
  }
}
