import Contracts
import Redis
import TestSupport
import Testing

@testable import Events

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

@Suite("The stack's Redis configuration")
struct StackConfigurationTests {
  @Test("The stream and the relays' watermarks survive a restart, under the stack's access list")
  func survivesRestart() async throws {
    let folder = try TemporaryFolder()
    // Passwords are filled in when a stack is created; this test needs none.
    let printed = try await ChildProcess.run([Self.repository + "/Deploy/catalogue", "acl", "events"])
    #expect(printed.exit == .status(0))
    let users = printed.output.replacing(/#<[A-Z_]+>/, with: "nopass")
    let list = folder.path + "/events.acl"
    let file = try #require(fopen(list, "w"))
    fputs(users, file)
    fclose(file)
    let server = try await RedisServer(.events, options: ["--aclfile", list])
    var configuration = server.configuration
    (configuration.user, configuration.password) = ("shop", "any")
    try await EventBench.run(redis: configuration) { bench in
      try await bench.append(Identifier.fresh(20))
      var publisher = OutboxPublisher(.init(service: "shop", instance: "shop-1"), bench.postgres, bench.redis, quiet)
      #expect(try await publisher.publishBatch() == 20)
      try await server.stop()
      try await server.start()
      try await eventually("the stream after the restart") { try await bench.redis.xlen("events:shop") == 20 }
      #expect(try await bench.redis.relayMarks(of: "shop") == ["shop-1": 1])
    }
  }

  private static let repository = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
}
