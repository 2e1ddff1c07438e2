import Logging
import ServiceContextModule
import Synchronization
import Telemetry
import Testing

@Suite("JSON log lines")
struct JSONLogHandlerTests {
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
    @Sendable func write(_ bytes: [UInt8]) { all.withLock { $0.append(String(decoding: bytes, as: UTF8.self)) } }
  }

  private func logger(_ lines: Lines) -> Logger {
    var handler = JSONLogHandler(service: "shop", instance: "shop-1", label: "test", write: lines.write)
    handler.metadataProvider = .trace
    handler.logLevel = .debug
    return Logger(label: "test") { _ in handler }
  }

  private struct Failure: Error, CustomStringConvertible {
    var description: String { "it \"broke\"" }
  }

  @Test("a line has time, level, service, instance, message, metadata and error")
  func members() throws {
    let lines = Lines()
    logger(lines).error("no luck", error: Failure(), metadata: ["attempt": "3", "list": ["a", "b"], "map": ["k": "v"]])
    let line = try #require(lines.all.withLock { $0.first })
    let time = try #require(line.firstRange(of: #/"time":"[0-9T:.Z-]{24}",/#))
    #expect(
      line.replacingCharacters(in: time) == #"{"level":"error","service":"shop","instance":"shop-1","label":"test","#
        + #""message":"no luck","attempt":"3","list":["a","b"],"map":{"k":"v"},"error":"it \"broke\""}"# + "\n")
  }

  @Test("no value can start a new line or break out of its quotes")
  func escaping() throws {
    let lines = Lines()
    logger(lines).info("a\n{\"level\":\"forged\"}\u{1}\t\\", metadata: ["message": "mine"])
    let line = try #require(lines.all.withLock { $0.first })
    #expect(line.filter { $0 == "\n" }.count == 1)
    #expect(line.contains(#""message":"a\n{\"level\":\"forged\"}\u0001\t\\""#))
    #expect(line.contains(#""message_":"mine""#))
  }

  @Test("the current trace is in the line")
  func trace() async throws {
    let lines = Lines()
    let trace = TraceContext.root()
    await ServiceContext.withTrace(trace) { logger(lines).info("hello") }
    let line = try #require(lines.all.withLock { $0.first })
    #expect(line.contains(#""span_id":"\#(trace.spanID)","trace_id":"\#(trace.traceID)""#))
  }

  @Test("messages below the level are not written")
  func level() {
    let lines = Lines()
    logger(lines).trace("quiet")
    #expect(lines.all.withLock { $0.isEmpty })
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>) -> String {
    String(self[..<range.lowerBound]) + String(self[range.upperBound...])
  }
}
