import ServiceContextModule
import Telemetry
import Testing

@Suite("Trace context")
struct TraceContextTests {
  @Test("a valid traceparent is read and written back unchanged")
  func roundTrip() throws {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    let trace = try #require(TraceContext(traceparent: text))
    #expect(trace.traceparent == text)
    #expect(trace.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
    #expect(trace.spanID == "00f067aa0ba902b7")
  }

  @Test(
    "anything but version 00 in lower case with ids that are not zero is rejected",
    arguments: [
      "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
      "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4BF92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
      "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g",
    ])
  func refused(text: String) {
    #expect(TraceContext(traceparent: text) == nil)
  }

  @Test("a child keeps the trace id and has a new span id")
  func child() {
    let parent = TraceContext.root()
    let child = parent.child()
    #expect(child.traceID == parent.traceID)
    #expect(child.spanID != parent.spanID)
    #expect(child.traceparent.hasSuffix("-01"))
  }

  @Test("ten thousand roots are ten thousand traces, each of which can be parsed")
  func roots() {
    let roots = (0..<10_000).map { _ in TraceContext.root() }
    #expect(Set(roots.map(\.traceID)).count == roots.count)
    #expect(roots.allSatisfy { TraceContext(traceparent: $0.traceparent) == $0 })
  }

  @Test("the trace is inherited by child tasks, and ends with the block")
  func taskLocal() async {
    let trace = TraceContext.root()
    await ServiceContext.withTrace(trace) {
      async let inner = ServiceContext.current?.trace
      #expect(await inner == trace)
    }
    #expect(ServiceContext.current?.trace == nil)
  }
}
