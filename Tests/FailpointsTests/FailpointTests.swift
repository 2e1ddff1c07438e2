import Failpoints
import Testing

@Suite("Failpoints")
struct FailpointTests {
  @Test("An armed failpoint ends the process without clean-up, the n-th time it is reached")
  func endsTheProcess() async {
    await #expect(processExitsWith: .exitCode(Failpoint.exitStatus)) {
      try Failpoint.arm("afterCommit:2")
      Failpoint.afterCommit.reach()
      Failpoint.beforeCommit.reach()
      Failpoint.afterCommit.reach()
    }
  }

  @Test("Other failpoints, and an armed one before its count, have no effect")
  func passes() async {
    await #expect(processExitsWith: .success) {
      try Failpoint.arm("afterCommit:2")
      Failpoint.afterCommit.reach()
      Failpoint.afterPublish.reach()
    }
  }

  @Test("An invalid text is rejected", arguments: ["nowhere", "afterCommit:0", "afterCommit:x", "afterCommit:", ":1"])
  func refusesUnknown(text: String) {
    #expect(throws: Failpoint.Unknown.self) { try Failpoint.arm(text) }
  }
}
