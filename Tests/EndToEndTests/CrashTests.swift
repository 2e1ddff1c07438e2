import Failpoints
import TestSupport
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite("Crashes during orders", .serialized)
struct CrashTests {
  /// The crash of a service at the n-th pass of a failpoint.
  struct Crash: Sendable, CustomTestStringConvertible {
    let service: String
    let failpoint: Failpoint
    let time: Int

    init(_ service: String, _ failpoint: Failpoint, _ time: Int) {
      self.service = service
      self.failpoint = failpoint
      self.time = time
    }

    var testDescription: String { "\(service) \(failpoint.rawValue):\(time)" }
  }

  /// The crashes of an ordinary test run, one for each critical failpoint; `make crashes` runs all.
  static var chosen: [Crash] {
    guard ProcessInfo.processInfo.environment["CRASHES"] != "all" else { return crashes }
    let kinds: [Failpoint] = [.afterCommit, .beforePublish, .afterMark, .beforeAcknowledge, .afterCharge, .afterRecord]
    return kinds.compactMap { kind in crashes.first { $0.failpoint == kind } }
  }

  static let crashes = [
    Crash("order", .beforeCommit, 25), Crash("order", .afterCommit, 60), Crash("order", .beforePublish, 5),
    Crash("order", .afterPublish, 9), Crash("order", .afterMark, 7), Crash("order", .beforeAcknowledge, 12),
    Crash("order", .afterAcknowledge, 6), Crash("payment", .beforeCommit, 20), Crash("payment", .afterCommit, 33),
    Crash("payment", .beforeCharge, 11), Crash("payment", .afterCharge, 14), Crash("payment", .afterRecord, 17),
    Crash("payment", .afterPublish, 6), Crash("rider", .beforeCommit, 21), Crash("rider", .afterCommit, 34),
    Crash("rider", .beforeAcknowledge, 4), Crash("review", .beforeCommit, 9), Crash("review", .afterCommit, 13),
    Crash("review", .beforeAcknowledge, 3), Crash("order-history", .beforeAcknowledge, 8),
    Crash("order-history", .afterAcknowledge, 10),
  ]

  @Test(
    "After a crash at any failpoint the service restarts, every order ends, and the audit passes", .timeLimit(.minutes(20)))
  func everyPoint() async throws {
    try await OrderSystem.run { system in
      for (index, crash) in Self.chosen.enumerated() {
        let service = system.stack[crash.service]
        try await service.stop()
        try await service.start(with: ["FAILPOINT": "\(crash.failpoint.rawValue):\(crash.time)"])
        async let load: Void = system.load(seed: index + 1, toleratingOutages: true)
        let end = try await service.exit(within: .seconds(30))
        #expect(end == .status(Failpoint.exitStatus), "\(crash.testDescription) was not reached")
        try await service.start()
        try await load
        try await system.audit()
      }
    }
  }
}
