import Contracts
import TestSupport
import Testing

@Suite("The network behaving badly", .serialized)
struct MisbehaviourTests {
  @Test("tok_timeout is approved and remembered, and nobody is told until the same request comes again")
  func timeout() async throws {
    let provider = try await ProviderUnderTest.shared()
    let (key, reference) = (Identifier.fresh().description, Identifier.fresh().description)
    let order = ProviderUnderTest.order(reference, token: "tok_timeout")
    await #expect(throws: (any Error).self) {
      try await provider.post("/authorizations", order, key: key, within: .seconds(1))
    }
    #expect(try await provider.found(reference)?.status == "approved")
    let again = try await provider.post("/authorizations", order, key: key)
    #expect(again.status == 201)
    #expect(again.header("Idempotency-Replayed") == "true")
    #expect(try await provider.sql("SELECT count(*) FROM webhooks WHERE reference = '\(reference)'") == "1")
  }

  @Test("Whoever sends a request again and again until it is answered has one effect, however ill the network is")
  func errors() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_ERROR_RATE": "0.5", "BEHAVIOUR_SEED": "7"])
    let failures = try await simultaneously(40) { _ in
      let (key, reference) = (Identifier.fresh().description, Identifier.fresh().description)
      for failures in 0..<50 {
        let answer = try await provider.post("/authorizations", ProviderUnderTest.order(reference), key: key)
        if answer.status == 201 { return failures }
        #expect(answer.status == 503)
        #expect(answer.code == "network_error")
      }
      return 50
    }
    #expect(failures.allSatisfy { $0 < 50 })
    #expect(failures.contains { $0 > 0 })
    #expect(try await provider.sql("SELECT count(*), count(DISTINCT reference) FROM authorizations") == "40|40")
    #expect(try await provider.sql("SELECT count(*) FROM webhooks") == "40")
    try await provider.process.stop()
  }

  @Test("With every call failing, about half of them have had their effect")
  func beforeAndAfter() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_ERROR_RATE": "1"])
    let answers = try await simultaneously(40) { _ in
      try await provider.post("/authorizations", ProviderUnderTest.order(Identifier.fresh().description)).status
    }
    #expect(answers.allSatisfy { $0 == 503 })
    let effects = Int(try await provider.sql("SELECT count(*) FROM authorizations")) ?? 0
    #expect((8...32).contains(effects))
    // The behaviour itself can always be asked and changed.
    #expect(try await provider.behave(#"{"errorRate":0}"#).status == 200)
    #expect(try await provider.authorize().status == "approved")
    try await provider.process.stop()
  }

  @Test("Calls that hang have had their effect, hold no connection of the database, and end with their caller or the service")
  func hangs() async throws {
    let provider = try await ProviderUnderTest.start(["POSTGRES_PIPELINES": "1", "POSTGRES_LEASES": "1"])
    #expect(try await provider.behave(#"{"hangRate":1}"#).status == 200)
    let references = (0..<5).map { _ in Identifier.fresh().description }
    let hanging = references.map { reference in
      Task { try await provider.post("/authorizations", ProviderUnderTest.order(reference), within: .seconds(20)) }
    }
    try await eventually("the effects") { try await provider.sql("SELECT count(*) FROM authorizations") == "5" }
    #expect(try await provider.behave(#"{"hangRate":0}"#).status == 200)
    #expect(try await provider.authorize().status == "approved")

    hanging[0].cancel()
    try await eventually("the end of the call whose caller has gone") { try await provider.callsInFlight() == 5 }

    let stopping = ContinuousClock.now
    #expect(try await provider.process.stop() == .status(0))
    #expect(ContinuousClock.now - stopping < .seconds(5))
    for call in hanging.dropFirst() {
      // What is said to those who still listen is that nobody knows.
      #expect(await (try? call.value.status) ?? 504 == 504)
    }
  }

  @Test("What was charged before a crash is remembered, and told to whoever sends it again")
  func crash() async throws {
    let provider = try await ProviderUnderTest.start(["FAILPOINT": "afterCommit"])
    let (key, reference) = (Identifier.fresh().description, Identifier.fresh().description)
    let order = ProviderUnderTest.order(reference)
    await #expect(throws: (any Error).self) { try await provider.post("/authorizations", order, key: key) }
    try await eventually("the crash") { !provider.process.isRunning }
    try await provider.process.start()
    #expect(try await provider.found(reference)?.status == "approved")
    let again = try await provider.post("/authorizations", order, key: key)
    #expect(again.status == 201)
    #expect(again.header("Idempotency-Replayed") == "true")
    #expect(try await provider.sql("SELECT count(*) FROM webhooks") == "1")
    try await provider.process.stop()
  }

  @Test("A delay makes every call late")
  func delays() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_DELAY": "300"])
    let start = ContinuousClock.now
    #expect(try await provider.authorize().status == "approved")
    #expect(ContinuousClock.now - start >= .milliseconds(300))
    try await provider.process.stop()
  }

  @Test("The behaviour shows what is in force, and changes what is named")
  func administration() async throws {
    let provider = try await ProviderUnderTest.start(["BEHAVIOUR_SEED": "3", "BEHAVIOUR_WEBHOOKS": "false"])
    struct FaultProfile: Decodable, Equatable {
      var errorRate: Double
      var hangRate: Double
      var delayMilliseconds: Int
      var webhooks: Bool
      var seed: Int
    }
    var expected = FaultProfile(errorRate: 0, hangRate: 0, delayMilliseconds: 0, webhooks: false, seed: 3)
    #expect(try await provider.get("/admin/behaviour").decode(FaultProfile.self) == expected)
    expected.errorRate = 0.25
    expected.delayMilliseconds = 1
    let answer = try await provider.behave(#"{"errorRate":0.25,"delayMilliseconds":1}"#)
    #expect(try answer.decode(FaultProfile.self) == expected)
    for wrong in [
      #"{"errorRate":1.1}"#, #"{"hangRate":-0.1}"#, #"{"hangRate":0.8}"#, #"{"delayMilliseconds":60001}"#, #"{"seed":-1}"#,
      #"{"colour":"red"}"#,
    ] {
      #expect(try await provider.behave(wrong).status == 422, "\(wrong)")
    }
    #expect(try await provider.get("/admin/behaviour").decode(FaultProfile.self) == expected)
    try await provider.process.stop()
  }
}

extension ProviderUnderTest {
  /// Calls that are not answered yet, without the one that asks.
  fileprivate func callsInFlight() async throws -> Int {
    let metrics = try await RESTClient(process.url).get("/metrics").text
    let line = metrics.split(separator: "\n").first { $0.hasPrefix("http_server_requests_in_flight") }
    return Int(line?.split(separator: " ").last.flatMap { Double($0) } ?? -1)
  }
}
