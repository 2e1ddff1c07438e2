import NIOCore
import Redis
import TestSupport
import Testing

@Suite(.serialized) struct RedisScriptTests {
  private let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', 'runs')}")

  @Test("A script is loaded when the server lacks it, also after SCRIPT FLUSH")
  func loading() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      for run in 1...2 {
        for turn in 1...2 {
          let value = try await client.run(script, keys: ["k"], arguments: ["a"])
          #expect(try value.texts() == ["k", "a", "\((run - 1) * 2 + turn)"])
        }
        try await client.send(RedisCommand("SCRIPT", "FLUSH"))
      }
      #expect(try await client.send(.scriptLoad(script)).string == script.sha1)
    }
  }

  @Test("Pipelined calls each have their own reply, also when the script was lost")
  func pipelined() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      for _ in 1...2 {
        let replies = try await client.run(script, calls: (0..<100).map { (keys: ["k\($0)"], arguments: [.int($0)]) })
        #expect(replies.count == 100)
        for (number, reply) in replies.enumerated() {
          #expect(try reply.texts().prefix(2) == ["k\(number)", "\(number)"])
        }
      }
      #expect(try await client.get("runs").map { String(buffer: $0) } == "200")
    }
  }

  @Test("A script's own error is that call's reply")
  func failing() async throws {
    let server = try await RedisServer()
    try await withClient(server.configuration) { client in
      let failing = RedisScript("return redis.error_reply('STALE ' .. ARGV[1])")
      let error = await redisError { _ = try await client.run(failing, keys: [], arguments: ["x"]) }
      #expect(error == RedisError(.reply("STALE"), "STALE x"))
      let broken = await redisError { _ = try await client.run(RedisScript("this is no Lua"), keys: [], arguments: []) }
      #expect(broken?.code == .reply("ERR"))
    }
  }
}
